// How a list of words is written: [label, what it is, what it is for].

/** Return completions of one type from rows of label, detail and info. Properties keep their order. */
export function words(type, rows) {
  const sorted = (index) => (type === 'property' ? { sortText: String(index).padStart(3, '0') } : {});
  return rows.map(([label, detail, info], index) => ({ label, type, detail, info, ...sorted(index) }));
}
