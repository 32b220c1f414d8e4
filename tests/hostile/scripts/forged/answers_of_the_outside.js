// Puts itself between the prelude and what the outside answers.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const { far, trap } = request.content;
    JSON.parse = () => ({ status: 200, text: 'forged', headers: [], store: '{"forged":1}' });
    Map.prototype.get = () => () => 'forged';
    Object.prototype.store = '{"forged":1}';
    Promise.prototype.then = ((then) =>
      function (...given) {
        return then.apply(this, given);
      })(Promise.prototype.then);
    const answer = HTTP('GET', `${far}/`);
    const refused = HTTP('GET', `${trap}/`);
    const told = await (await fetch(`${far}/echo`)).text();
    delete Object.prototype.store;
    const good =
      answer.result.content === '{"n":1}' &&
      refused.error &&
      told.startsWith('{"line"') &&
      Store.get('forged') === undefined;
    return { content: { text: good ? 'contained' : JSON.stringify([answer, `${refused.error}`, told]) } };
  }
}
