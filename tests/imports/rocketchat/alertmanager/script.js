class Script {
  process_incoming_request({ request }) {
    var body = request.content;
    if (!body.alerts) {
      return { error: 'no alerts' };
    }
    var counts = { firing: 0, resolved: 0 };
    var list = [];
    for (i = 0; i < body.alerts.length; i++) {
      one = body.alerts[i];
      counts[one.status] = counts[one.status] + 1;
      what = one.annotations.summary;
      if (!what) what = one.annotations.description || one.labels.alertname;
      list.push({
        color: one.status == "resolved" ? "good" : one.labels.severity == "critical" ? "danger" : "warning",
        title: one.labels.alertname,
        title_link: one.generatorURL,
        text: what,
        fields: [
          { title: "Where", value: one.labels.instance || one.labels.job || "-", short: true },
          { title: "Severity", value: one.labels.severity || "none", short: true }
        ]
      });
    }
    return {
      content: {
        username: "Alertmanager",
        icon_emoji: ":rotating_light:",
        text: counts.firing + " firing, " + counts.resolved + " resolved (" + body.receiver + ")",
        attachments: list
      }
    };
  }
}
