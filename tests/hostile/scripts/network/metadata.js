// The address where clouds hand out credentials, and other networks that are nobody's business.
// outcome: ok
class Script {
  async process_incoming_request() {
    const hosts = [
      '169.254.169.254',
      '[fd00:ec2::254]',
      '100.100.100.200',
      '10.0.0.1',
      '192.168.0.1',
      '172.17.0.1',
      '[fe80::1]',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
    ];
    const found = [];
    for (const host of hosts) {
      const { error } = HTTP('GET', `http://${host}/latest/meta-data/iam/security-credentials/`, {
        headers: { Host: 'example.org' },
      });
      if (!/not public/.test(error?.message)) found.push(`${host}: ${error}`);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
