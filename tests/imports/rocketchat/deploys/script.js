/* globals Store, moment */
class Script {
  constructor() {
    this.deploys = 0;
  }

  process_incoming_request({ request }) {
    this.deploys++;
    const { service, version, started, finished } = request.content;
    const before = Store.get(service) || 'nothing';
    Store.set(service, version);
    took = moment.duration(moment(finished).diff(moment(started))).asSeconds();
    return {
      content: {
        text: `${service}: ${before} → *${version}* in ${took} s (deploy ${this.deploys})`,
      },
    };
  }
}
