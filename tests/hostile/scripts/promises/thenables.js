// Resolves promises with thenables that resolve with thenables, and settle more than once.
// outcome: ok
class Script {
  async process_incoming_request() {
    let depth = 0;
    const thenable = {
      then(resolve, reject) {
        depth += 1;
        resolve(depth < 1000 ? thenable : { content: { text: 'contained' } });
        reject(new Error('twice'));
        resolve({ content: { text: 'twice' } });
        throw new Error('behind');
      },
    };
    return thenable;
  }
}
