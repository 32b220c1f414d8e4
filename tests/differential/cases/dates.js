class Script {
  run() {
    when = new Date(Date.UTC(2020, 0, 31, 12));
    when.setUTCMonth(1);
    return [when, when.toISOString(), { when }, new Date('2020-02-30T00:00:00Z').getTime(), Date.UTC(2000, 1)];
  }
}
