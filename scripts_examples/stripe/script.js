/* exported Script */
/* globals console */

/**
 * Stripe: payments, failures, refunds, disputes, subscriptions and payouts as chat messages.
 *
 * Posts one message per thing that happened: Stripe reports a payment as payment intent, charge
 * and invoice, this script speaks of it once. Ignores all other events. Marks test mode.
 *
 * Payloads: https://docs.stripe.com/api/events/types
 */

const GREEN = '#2ea44f'; // money came in
const AMBER = '#d29922'; // can still be saved, or goes back
const RED = '#d1242f'; // money or a customer was lost
const BLUE = '#0969da'; // for information

// Currencies without hundredths: https://docs.stripe.com/currencies
const NO_DECIMALS = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ');
const THREE_DECIMALS = 'BHD JOD KWD OMR TND'.split(' ');

class Script {
  process_incoming_request({ request }) {
    const event = request.content;
    const thing = event.data?.object;
    if (event.object !== 'event' || !thing) {
      return refuse('Not a Stripe webhook: expected an event object with data.');
    }
    console.log('Stripe:', text(event.type), text(event.id), event.livemode ? 'live' : 'test');

    const message = this.describe(event, thing);
    if (!message) {
      return undefined;
    }
    const { headline, page, color, text: body, pairs } = message;
    return {
      content: {
        username: 'Stripe',
        icon_emoji: ':credit_card:',
        text: event.livemode ? `*${headline}*` : `*${headline}* _(test mode)_`,
        attachments: [
          {
            color,
            title: 'Open in Stripe',
            title_link: dashboard(event, page),
            text: body || undefined,
            fields: fields(...pairs),
            ts: instant(event.created),
          },
        ],
      },
    };
  }

  describe(event, thing) {
    switch (event.type) {
      case 'payment_intent.succeeded':
        return this.paymentSucceeded(thing);
      case 'charge.failed':
        return this.chargeFailed(thing);
      case 'charge.refunded':
        return this.chargeRefunded(thing);
      case 'charge.dispute.created':
        return this.disputeCreated(thing);
      case 'invoice.payment_failed':
        return this.invoiceFailed(thing);
      case 'customer.subscription.created':
        return this.subscription(thing, 'New subscription', GREEN);
      case 'customer.subscription.updated':
        return this.subscriptionUpdated(thing, event.data.previous_attributes || {});
      case 'customer.subscription.trial_will_end':
        return this.subscription(thing, 'A trial ends soon', BLUE);
      case 'customer.subscription.deleted':
        return this.subscription(thing, 'A subscription has ended', RED);
      case 'payout.paid':
        return this.payout(thing, 'was paid out', GREEN);
      case 'payout.failed':
        return this.payout(thing, 'could not be paid out', RED);
      default:
        return undefined;
    }
  }

  paymentSucceeded(intent) {
    return {
      headline: `${money(intent.amount_received || intent.amount, intent.currency)} received`,
      page: `payments/${text(intent.id)}`,
      color: GREEN,
      text: oneLine(intent.description, 200),
      pairs: [
        ['Customer', oneLine(intent.receipt_email) || oneLine(intent.customer)],
        ['Method', list(intent.payment_method_types).map(readable).join(', ')],
      ],
    };
  }

  chargeFailed(charge) {
    if (charge.invoice) {
      return undefined; // invoice.payment_failed says it better
    }
    const payer = charge.billing_details || {};
    return {
      headline: `A payment of ${money(charge.amount, charge.currency)} failed`,
      page: `payments/${text(charge.payment_intent) || text(charge.id)}`,
      color: RED,
      text: oneLine(charge.failure_message, 200) || oneLine(charge.outcome?.seller_message, 200),
      pairs: [
        ['Customer', oneLine(payer.name) || oneLine(payer.email) || oneLine(charge.customer)],
        ['Card', card(charge)],
        ['Reason', readable(charge.outcome?.reason || charge.failure_code)],
        ['Risk', readable(charge.outcome?.risk_level)],
        ['For', oneLine(charge.description)],
      ],
    };
  }

  chargeRefunded(charge) {
    const payer = charge.billing_details || {};
    const all = charge.refunded ? '' : ` of ${money(charge.amount, charge.currency)}`;
    return {
      headline: `${money(charge.amount_refunded, charge.currency)}${all} refunded`,
      page: `payments/${text(charge.payment_intent) || text(charge.id)}`,
      color: AMBER,
      pairs: [
        ['Customer', oneLine(payer.name) || oneLine(payer.email) || oneLine(charge.customer)],
        ['Card', card(charge)],
        ['For', oneLine(charge.description)],
      ],
    };
  }

  disputeCreated(dispute) {
    return {
      headline: `A payment of ${money(dispute.amount, dispute.currency)} is disputed`,
      page: `payments/${text(dispute.payment_intent) || text(dispute.charge)}`,
      color: RED,
      pairs: [
        ['Reason', readable(dispute.reason)],
        ['Status', readable(dispute.status)],
        ['Answer by', day(dispute.evidence_details?.due_by)],
      ],
    };
  }

  invoiceFailed(invoice) {
    const next = day(invoice.next_payment_attempt);
    return {
      headline: `An invoice of ${money(invoice.amount_due, invoice.currency)} could not be paid`,
      page: `invoices/${text(invoice.id)}`,
      color: next ? AMBER : RED,
      text: next ? `Stripe tries again on ${next}.` : 'Stripe does not try again.',
      pairs: [
        ['Customer', oneLine(invoice.customer_name) || oneLine(invoice.customer_email)],
        ['Invoice', link(oneLine(invoice.number) || 'page', invoice.hosted_invoice_url)],
        ['Attempts so far', oneLine(invoice.attempt_count)],
        ['Billed for', readable(invoice.billing_reason)],
      ],
    };
  }

  subscriptionUpdated(subscription, previous) {
    if (previous.cancel_at_period_end === false && subscription.cancel_at_period_end) {
      return this.subscription(subscription, 'A subscription was cancelled', AMBER);
    }
    const isLate = ['past_due', 'unpaid'].includes(subscription.status);
    if (previous.status && isLate) {
      return this.subscription(subscription, 'A subscription is not paid', AMBER);
    }
    return undefined;
  }

  subscription(subscription, headline, color) {
    const item = list(subscription.items?.data)[0] || {};
    const ends = subscription.ended_at ? '' : day(subscription.cancel_at);
    const why = subscription.cancellation_details || {};
    const customer = oneLine(subscription.customer);
    return {
      headline,
      page: `subscriptions/${text(subscription.id)}`,
      color,
      text: oneLine(why.comment, 200),
      pairs: [
        ['Plan', plan(item)],
        ['Customer', customer && link(customer, dashboard(subscription, `customers/${customer}`))],
        ['Status', readable(subscription.status)],
        ['Since', day(subscription.start_date)],
        ['Trial ends', subscription.status === 'trialing' ? day(subscription.trial_end) : ''],
        ['Ends', ends],
        ['Reason', readable(why.feedback || why.reason)],
      ],
    };
  }

  payout(payout, outcome, color) {
    return {
      headline: `${money(payout.amount, payout.currency)} ${outcome}`,
      page: `payouts/${text(payout.id)}`,
      color,
      text: oneLine(payout.failure_message, 200),
      pairs: [
        ['Arrival', day(payout.arrival_date)],
        ['Method', readable(payout.method)],
        ['On the statement', oneLine(payout.statement_descriptor)],
      ],
    };
  }
}

function dashboard({ livemode }, page) {
  return http(`https://dashboard.stripe.com/${livemode ? '' : 'test/'}${page}`);
}

/** "1,299.00 EUR" from an amount in the smallest unit of its currency. */
function money(amount, currency) {
  const unit = oneLine(currency).toUpperCase();
  if (typeof amount !== 'number') {
    return unit || 'an amount';
  }
  const digits = NO_DECIMALS.includes(unit) ? 0 : THREE_DECIMALS.includes(unit) ? 3 : 2;
  const [whole, fraction] = (amount / 10 ** digits).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fraction ? `${grouped}.${fraction}` : grouped} ${unit}`.trim();
}

/** "49.00 EUR per month, 3 times": the first item of a subscription. */
function plan({ price, quantity }) {
  if (!price) {
    return '';
  }
  const interval = oneLine(price.recurring?.interval);
  const count = Number(text(price.recurring?.interval_count));
  const period = interval && ` per ${count > 1 ? `${count} ${interval}s` : interval}`;
  const times = text(quantity) > 1 ? `, ${oneLine(quantity)} times` : '';
  const cost = `${money(price.unit_amount, price.currency)}${period}${times}`;
  const name = oneLine(price.nickname) || oneLine(price.lookup_key);
  return name ? `${name} (${cost})` : cost;
}

function card({ payment_method_details: details }) {
  const { brand, last4, country } = details?.card || {};
  const number = last4 ? `${readable(brand) || 'card'} ending in ${oneLine(last4)}` : '';
  return [number, oneLine(country)].filter(Boolean).join(', ');
}

/** "card_declined" as "card declined". */
function readable(value) {
  return oneLine(value).replace(/_/g, ' ');
}

/** Stripe counts seconds since 1970. */
function instant(seconds) {
  const isTime = typeof seconds === 'number' && seconds > 0 && seconds < 8.64e12;
  return isTime ? new Date(seconds * 1000).toISOString() : undefined;
}

function day(seconds) {
  return (instant(seconds) || '').slice(0, 10);
}

// Helpers. What strangers wrote must not ring, break a link or flood the room.

function refuse(message) {
  return { error: { success: false, message } };
}

/** Text and numbers as text; anything else, a missing value for example, as ''. */
function text(value) {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function oneLine(value, max = 100) {
  return shorten(quiet(text(value)).replace(/\s+/g, ' ').trim(), max);
}

/** A zero-width space keeps "@all" readable without ringing; e-mail addresses stay whole. */
function quiet(string) {
  return string.replace(/(^|\W)@(?=\w)/g, '$1@\u200b');
}

function shorten(string, max) {
  const characters = Array.from(string);
  return characters.length > max
    ? `${characters
        .slice(0, max - 1)
        .join('')
        .trim()}…`
    : string;
}

/** Not every chat honours a backslash, so brackets that would end a link are replaced. */
function link(label, url) {
  const words = oneLine(label).replace(/\[/g, '(').replace(/\]/g, ')');
  const target = http(url);
  return target ? `[${words}](${target.replace(/\(/g, '%28').replace(/\)/g, '%29')})` : words;
}

function http(url) {
  return typeof url === 'string' && /^https?:\/\/\S+$/i.test(url) ? url : undefined;
}

/** Attachment fields from [title, value] pairs; pairs without a value are left out. */
function fields(...pairs) {
  return pairs
    .filter(([, value]) => value)
    .map(([title, value]) => ({ title, value, short: value.length < 40 }));
}

function list(value) {
  return Array.isArray(value) ? value.filter(Boolean) : [];
}
