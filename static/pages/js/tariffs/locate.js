// Where a path like editions[0].charge.ranges[2] stands in a JSON text.

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}[\],:"]+))/gy;

/** The span [begin, end) of the value at the path, or of the nearest one that holds it; null in a text that is no JSON. */
export function locate(text, path) {
  const wanted = [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, place]) => name ?? Number(place));
  const tokens = [...text.matchAll(TOKEN)].map((found) => {
    const word = found[0].trimStart();
    return { word, begin: found.index + found[0].length - word.length };
  });
  let next = 0;
  let best = null;

  function value(depth) {
    const { word, begin } = tokens[next++];
    if (word === "{" || word === "[") children(word, depth);
    const last = tokens[next - 1];
    const span = [begin, last.begin + last.word.length];
    if (depth === wanted.length) best = span;
    return span;
  }

  function children(kind, depth) {
    for (let place = 0; tokens[next].word !== "}" && tokens[next].word !== "]"; place += 1) {
      let name = place;
      if (kind === "{") {
        name = JSON.parse(tokens[next].word);
        next += 2;
      }
      const onTheWay = depth !== null && wanted[depth] === name;
      const span = value(onTheWay ? depth + 1 : null);
      if (onTheWay) best ??= span;
      if (tokens[next].word === ",") next += 1;
    }
    next += 1;
  }

  try {
    JSON.parse(text);
    value(0);
  } catch {
    return null;
  }
  return best;
}
