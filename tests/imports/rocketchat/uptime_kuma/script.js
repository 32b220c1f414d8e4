class Script {

    process_incoming_request({ request }) {
        const { heartbeat, monitor, msg } = request.content
        if (!monitor) return { content: { text: msg } }
        if (heartbeat === null) {
            return { content: { text: `:hourglass: ${msg}` } }
        }
        states = [':red_circle: down', ':green_circle: up', ':yellow_circle: pending', ':wrench: in maintenance']
        return {
            content: {
                text: `*${monitor.name}* is ${states[heartbeat.status]}`,
                attachments: heartbeat.msg ? [{ text: heartbeat.msg, color: heartbeat.status ? '#2e7d32' : '#c62828' }] : []
            }
        }
    }
}
