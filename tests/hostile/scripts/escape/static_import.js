// A module's own words at the top level.
// outcome: syntax-error
// error: Cannot use import statement outside a module
import fs from 'fs';
class Script {
  process_incoming_request() {
    return { content: { text: fs.readFileSync('/etc/passwd', 'utf8') } };
  }
}
