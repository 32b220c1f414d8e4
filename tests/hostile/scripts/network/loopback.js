// This machine, spelled in every way.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const { trapPort } = request.content;
    const spelled = [
      ...[
        '127.0.0.1',
        'localhost',
        '127.1',
        '0',
        '0.0.0.0',
        '2130706433',
        '0x7f000001',
        '0x7f.1',
        '0177.0.0.1',
        '127.0.0.1.',
        'LOCALHOST',
      ],
      ...[
        '[::1]',
        '[::]',
        '[::ffff:127.0.0.1]',
        '[::ffff:7f00:1]',
        '[0:0:0:0:0:0:0:1]',
        '[64:ff9b::7f00:1]',
        '[2002:7f00:1::]',
        '\uff11\uff12\uff17.0.0.1',
        '127\u30020\u30020\u30021',
      ],
    ];
    const found = [];
    for (const host of spelled) {
      const url = `http://${host}:${trapPort}/`;
      const told = [
        HTTP('GET', url).error?.message,
        await fetch(url).then(
          () => undefined,
          (error) => error.message,
        ),
      ];
      for (const one of told) if (one === undefined || /may call/.test(one)) found.push(`${host}: ${one}`);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
