/* globals HTTP, console */
class Script {
  process_incoming_request({ request }) {
    const answer = HTTP('GET', request.content.directory + '/owner', {
      headers: { Accept: 'application/json' },
      params: { service: request.content.service },
    });
    if (answer.error) {
      console.warn(answer.error);
      return { content: { text: request.content.service + ' needs somebody' } };
    }
    const owner = answer.result.data || JSON.parse(answer.result.content);
    return { content: { text: '@' + owner.username + ': ' + request.content.service + ' needs you' } };
  }
}
