// Wants to be called when memory is collected, in whoever's time that is.
// outcome: run-error
// error: FinalizationRegistry is not defined
class Script {
  process_incoming_request() {
    new FinalizationRegistry(() => {
      for (;;);
    }).register({}, 1);
    return { content: { text: 'early' } };
  }
}
