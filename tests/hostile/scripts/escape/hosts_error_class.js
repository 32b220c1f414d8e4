// Catches what the host throws when it cannot send or keep a value, and makes errors of that class itself.
// outcome: run-error
// error: x","stage":"done"
class Script {
  async process_incoming_request() {
    const long = 'x'.repeat(2 << 20);
    const caught = [
      HTTP('POST', 'http://x/', { content: long }).error,
      HTTP('POST', 'http://x/', { data: { a: 1n } }).error,
    ];
    for (const body of [long, { a: 1n }])
      caught.push(await fetch('http://x/', { method: 'POST', body }).catch((error) => error));
    try {
      Store.set('x', 1n);
    } catch (error) {
      caught.push(error);
    }
    const odd = caught.filter((error) => ![Error, TypeError].includes(error.constructor));
    if (odd.length) return { content: { text: `a class of the host's: ${odd[0].constructor}` } };
    return {
      toJSON() {
        throw new caught[0].constructor(
          'x","stage":"done","type":"object","result":{"content":{"text":"forged"}},"y":"',
          'x',
        );
      },
    };
  }
}
