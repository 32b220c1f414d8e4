/* exported Script */

// Passes messages on to a pager, but not those of bots, nor those that nobody has to wake up for.
// What returns nothing is not called.

const URGENT = /\b(down|outage|urgent|sev ?1)\b/i;

class Script {
  prepare_outgoing_request({ request }) {
    const { bot, text, user_name, channel_name } = request.data;
    if (bot) {
      console.log('not called: a bot wrote it');
      return;
    }
    if (!URGENT.test(text)) {
      console.log('not called: it can wait');
      return;
    }
    request.data = { summary: text.slice(0, 200), source: `${user_name} in #${channel_name}`, severity: 'critical' };
    return request;
  }

  process_outgoing_response({ response }) {
    return response.status_code === 202 ? { content: { text: 'Somebody has been woken up.' } } : undefined;
  }
}
