// Calls each thing of the host's where the stack is full, so that it breaks off in the middle.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const { far } = request.content;
    const calls = [
      () => console.log('deep', { a: [1, { b: 2 }] }, new Error('x')),
      () => console.table(new Map([[{}, new Set([1])]])),
      () => Store.set('deep', { a: [1, 2, { b: 3 }] }),
      () => Store.get('deep'),
      () => setTimeout(() => {}, 1),
      () => HTTP('GET', `${far}/`, { data: { a: 1 } }),
      () => fetch(`${far}/`).catch(() => {}),
      () => new Date().toLocaleString(),
      () => new Intl.DateTimeFormat('de').format(),
      () => new URL('http://\u00e4.x/').href,
      () => moment().format(),
      () => new TextDecoder('big5').decode(new Uint8Array([65])),
    ];
    for (const call of calls) {
      let left = 60;
      const deep = () => {
        try {
          deep();
        } catch {
          // The stack is full, or was.
        }
        left -= 1;
        if (left >= 0) {
          try {
            call();
          } catch {
            // It was too full for this.
          }
        }
        throw undefined;
      };
      try {
        deep();
      } catch {
        // Up here again.
      }
    }
    Store.set('after', [1, 2]);
    console.log('after');
    const { result, error } = HTTP('GET', `${far}/`);
    const told = result ? result.content : error.message;
    const rest = `${moment().year()}`.length + new URL('http://\u00e4.x/').href;
    const good =
      /^\{"n":1\}$|^a run may call/.test(told) && Store.get('after')[1] === 2 && rest === '4http://xn--4ca.x/';
    return { content: { text: good ? 'contained' : `${told} ${rest}` } };
  }
}
