/* exported Script */
class Script {
  process_incoming_request({ request }) {
    const { data, action } = request.content;
    if (request.headers['sentry-hook-resource'] !== 'issue' || !data || !data.issue) {
      return { error: { success: false, message: 'Not a Sentry issue' } };
    }
    const { issue } = data;
    this.seen = (this.seen || 0) + 1;
    return {
      content: {
        alias: 'Sentry',
        emoji: ':beetle:',
        text: `**${action}** [${issue.shortId}](${issue.web_url || issue.permalink}) ${issue.title}`,
        attachments: [
          {
            color: { error: '#e03e2f', fatal: '#b10dc9', warning: '#f4c430' }[issue.level] || '#2788ce',
            text: issue.culprit,
            footer: `issue ${this.seen} since the start`,
          },
        ],
      },
    };
  }
}
