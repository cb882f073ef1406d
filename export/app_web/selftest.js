// The self-test of every EdgeGAN artifact: a fixed input, and golden values of the Keras generator.
// A backend that computes wrong results says nothing of it, so each is tested before it is used.

const EXACT = ["fp32", "fp16"]; // others are compared by their root mean square

// The fixed input, float32 in [-1, 1]: Knuth's multiplicative hash.
export function fixedInput(length) {
  return Float32Array.from({ length }, (_, k) => Math.fround((Math.imul(k, 2654435761) >>> 24) / 127.5) - 1);
}

// How far an output is from the golden values; NaN passes no comparison.
export function deviation(selftest, precision, output) {
  const off = selftest.indices.map((at, i) => output[at] - selftest.values[i]);
  if (!EXACT.includes(precision)) return Math.sqrt(mean(off.map((d) => d * d)));
  const average = mean(output);
  const spread = Math.sqrt(mean(output.map((v) => (v - average) ** 2)));
  return Math.max(...[...off, average - selftest.mean, spread - selftest.std].map(Math.abs));
}

function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
