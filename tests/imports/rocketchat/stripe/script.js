/* globals s */
class Script {
  process_incoming_request({ request }) {
    const event = request.content;
    if (event.object !== 'event') return { error: 'not an event of Stripe' };
    const thing = event.data.object;
    const money = (amount, currency) => s.numberFormat(amount / 100, 2, '.', ',') + ' ' + currency.toUpperCase();
    switch (event.type) {
      case 'charge.failed':
        return { content: { text: `:x: ${money(thing.amount, thing.currency)} failed: ${thing.failure_message}` } };
      case 'payment_intent.succeeded':
        return { content: { text: `:moneybag: ${money(thing.amount_received, thing.currency)}` } };
      case 'charge.dispute.created':
        // Disputes are for somebody else to see.
        return { content: { channel: '#billing-alerts', text: `Dispute over ${money(thing.amount, thing.currency)}: ${thing.reason}` } };
    }
  }
}
