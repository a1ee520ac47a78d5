// One line per check, and the exit code.
let failed = 0;
let passed = 0;

/** Notes whether something is so, and shows what was found where it is not. */
export function check(name, isSo, found) {
  if (isSo) {
    passed += 1;
    console.log(`ok    ${name}`);
  } else {
    failed += 1;
    console.log(`FAIL  ${name}:`, JSON.stringify(found));
  }
}

/** Says how many there were and ends the process. */
export function finish() {
  console.log(`${passed} of ${passed + failed} checks passed`);
  process.exit(failed > 0 ? 1 : 0);
}
