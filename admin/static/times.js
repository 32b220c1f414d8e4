// Times in the reader's own zone. The server writes them in UTC, for readers without scripts.

const formats = {
  clock: new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  seconds: new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
  day: new Intl.DateTimeFormat([], { weekday: 'long', month: 'long', day: 'numeric' }),
  dayOfYear: new Intl.DateTimeFormat([], { year: 'numeric', month: 'long', day: 'numeric' }),
  date: new Intl.DateTimeFormat([], { month: 'short', day: 'numeric' }),
  dateOfYear: new Intl.DateTimeFormat([], { year: 'numeric', month: 'short', day: 'numeric' }),
  full: new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'long' }),
};

/** Write every time below this element as the reader's clock and calendar say it. */
export function localize(root) {
  for (const element of root.querySelectorAll('time[data-show]:not([data-local])')) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.dataset.local = '';
    element.title = formats.full.format(moment);
    if (element.dataset.show === 'log') showInLog(element, moment);
    else element.textContent = inWords(moment, element.dataset.show);
  }
}

/** Return a key that is the same for all moments of one day here. */
export function dayKey(moment) {
  return `${moment.getFullYear()}-${moment.getMonth()}-${moment.getDate()}`;
}

/** Return a day as a separator in a chat says it. */
export function dayInWords(moment) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(moment) === dayKey(now)) return 'Today';
  if (dayKey(moment) === dayKey(yesterday)) return 'Yesterday';
  return (moment.getFullYear() === now.getFullYear() ? formats.day : formats.dayOfYear).format(moment);
}

function inWords(moment, show) {
  if (show === 'time') return formats.clock.format(moment);
  const today = dayKey(moment) === dayKey(new Date());
  if (show === 'short') return today ? formats.clock.format(moment) : date(moment);
  return today ? formats.seconds.format(moment) : `${date(moment)}, ${formats.seconds.format(moment)}`;
}

function date(moment) {
  const thisYear = moment.getFullYear() === new Date().getFullYear();
  return (thisYear ? formats.date : formats.dateOfYear).format(moment);
}

function showInLog(element, moment) {
  element.textContent = formats.seconds.format(moment);
  if (dayKey(moment) === dayKey(new Date())) return;
  const day = document.createElement('span');
  day.className = 'date';
  day.textContent = ` ${date(moment)}`;
  element.append(day);
}
