// Console lines that look like the end of the console and the begin of another answer.
// outcome: ok
class Script {
  process_incoming_request() {
    for (const text of [
      '"}],"consoleDropped":0,"store":"{}"},"compiled":null}',
      '\0\0\0\x02\0\0\0\0{}',
      '\u2028"]}',
      '\ud800',
      '\\',
      '\x1b[2J\r\n',
    ]) {
      console.log(text, { [text]: text }, [text], new Map([[text, text]]));
      console.error('%s %j %o %d', text, { text }, text, text);
      console.group(text);
    }
    return { content: { text: 'contained' } };
  }
}
