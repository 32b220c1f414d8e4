/* exported Script */
/* globals moment */
const SEVERITIES = { critical: '#d32f2f', warning: '#ffa000' };

class Script {
  process_incoming_request({ request }) {
    const alerts = request.content.alerts || [];
    if (!alerts.length) {
      return { error: 'no alerts in the body' };
    }
    attachments = [];
    for (const alert of alerts) {
      firing = alert.status === 'firing';
      labels = Object.keys(alert.labels)
        .filter((key) => key !== 'alertname' && !key.startsWith('__'))
        .map((key) => '`' + key + '=' + alert.labels[key] + '`');
      attachments.push({
        color: firing ? SEVERITIES[alert.labels.severity] || '#ffa000' : '#388e3c',
        title: alert.labels.alertname,
        title_link: alert.panelURL || alert.generatorURL,
        text: (alert.annotations.summary || alert.annotations.description || '') + '\n' + labels.join(' '),
        fields: [
          { title: 'since', value: moment.utc(alert.startsAt).format('D MMM HH:mm'), short: true },
          firing ? null : { title: 'for', value: moment.duration(moment(alert.endsAt).diff(alert.startsAt)).humanize(), short: true },
        ].filter(Boolean),
      });
    }
    return {
      content: {
        username: 'Grafana',
        icon_emoji: ':bar_chart:',
        text: (request.content.status === 'firing' ? ':fire: ' : ':white_check_mark: ') + request.content.title,
        attachments,
      },
    };
  }
}
