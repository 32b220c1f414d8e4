/* exported Script */

// Answers without calling anybody: `#roll 2d6` is thrown here. The integration's URL is never called.

const MOST_DICE = 20;

class Script {
  prepare_outgoing_request({ request }) {
    const match = /^#roll(?:\s+(\d{1,3})?d(\d{1,3}))?\s*$/i.exec(request.data.text);
    if (!match) {
      return { message: { text: 'Write `#roll`, `#roll d20` or `#roll 2d6`.' } };
    }
    const dice = Math.min(Number(match[1] || 1), MOST_DICE);
    const sides = Number(match[2] || 6);
    if (dice < 1 || sides < 1) return { message: { text: 'There is nothing to throw.' } };
    const thrown = Array.from({ length: dice }, () => 1 + Math.floor(Math.random() * sides));
    const total = thrown.reduce((sum, one) => sum + one, 0);
    return {
      message: { text: `${request.data.user_name} throws ${dice}d${sides}: ${total}`, icon_emoji: ':game_die:' },
    };
  }
}
