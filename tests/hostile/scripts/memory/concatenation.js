// Doubles a text, which costs nothing until something looks into it.
// outcome: memory-limit
// limits: cpuS=20 wallS=60
class Script {
  process_incoming_request() {
    let text = 'x';
    while (text.length < 2 ** 28) text += text;
    return { content: { text: `${text.charCodeAt(5)}${/y$/.test(text)}` } };
  }
}
