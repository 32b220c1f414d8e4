// Getters and toJSON on the result, which look at their `this`, their arguments and their callers.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    const result = {
      get content() {
        'use strict';
        if (this !== result) found.push('another this');
        return {
          toJSON(...given) {
            if (given.length !== 1 || typeof given[0] !== 'string') found.push(`toJSON got ${given}`);
            try {
              found.push(...[arguments.callee.caller].filter(Boolean).map(String));
            } catch {
              // Refused, as it should be.
            }
            return { text: found.join() || 'contained' };
          },
        };
      },
    };
    return result;
  }
}
