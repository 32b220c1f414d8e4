// A result that looks like what the worker says to the server: frames, stages, lengths.
// outcome: ok
const frames = [
  ...[
    '"},"stage":"load","error":null,"x":{"a":"',
    '!',
    '\0\0\0\x02\0\0\0\0{}',
    '\x00\x00\x00\x10\x00\x00\x00\x00{"kept": true, "x',
  ],
  ...[
    'D{"stage":"done","type":"object","result":null}',
    '\n{"answer": 1, "job": 1}\n',
    '{"call": 1}',
    '\u2028\u2029',
    '\ud800',
    '\\"}',
  ],
];
class Script {
  process_incoming_request() {
    const content = { text: 'contained' };
    for (const frame of frames) content[frame] = [frame, { [frame]: frame }];
    return { content, stage: 'load', error: '', result: null, left: null, outcome: { stage: 'no-script' } };
  }
}
