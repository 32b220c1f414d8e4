/* Sends what is severe to the people on call; needs "allow to overwrite destination channel". */
const ROOMS = { Disaster: '#on-call', High: '#on-call' };

class Script {
  prepare_text(params) {
    return ['*' + params.trigger + '*', params.host, params.severity].join(' | ');
  }

  process_incoming_request({ request }) {
    const params = request.content;
    const content = { text: this.prepare_text(params), parseUrls: false };
    if (ROOMS[params.severity]) {
      content.channel = ROOMS[params.severity];
    }
    return { content };
  }
}
