// A promise that settles once for the host, and is rejected, thrown and resolved afterwards.
// outcome: ok
class Script {
  process_incoming_request() {
    return {
      then(resolve, reject) {
        resolve({ content: { text: 'contained' } });
        setTimeout(() => resolve({ content: { text: 'later' } }), 0);
        Promise.resolve().then(() => reject(new Error('later')));
        reject(new Error('at once'));
      },
    };
  }
}
