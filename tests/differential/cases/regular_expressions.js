class Script {
  run(text) {
    price = text.match(/(?<=\$)\d+/)[0];
    const { groups } = /(?<y>\d{4})-(?<m>\d\d)/u.exec(text);
    return [price, groups.y, text.replace(/(?<y>\d{4})-(?<m>\d\d)/, '$<m>/$<y>'), [...text.matchAll(/\d/g)].length,
      /a.b/s.test('a\nb'), text.replace(/[^\d]/gi, ''), /\p{Lu}/u.test(text)];
  }
}
// input: "Cost $15 on 2020-01"
