class Script {
  process_incoming_request({ request }) {
    const fs = require('fs');
    return { content: { text: fs.readFileSync('/etc/motd', 'utf8') } };
  }
}
