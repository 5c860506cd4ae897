/** How many edits away a name may be and still be what was meant: one for three letters, one more for each three. */
function reach(name: string): number {
  return Math.floor(name.length / 3);
}

/** The candidate that `name` was most likely meant to be, or `undefined` when none is near enough to be worth a guess. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best !== undefined && bestDistance <= Math.max(1, reach(best)) ? best : undefined;
}

/** Insertions, deletions and replacements from one text to the other. Long texts are infinitely far from everything: nobody mistypes so much. */
function editDistance(from: string, to: string): number {
  if (from.length > 100 || to.length > 100) return Infinity;
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of from.split('').entries()) {
    const current = [row + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
