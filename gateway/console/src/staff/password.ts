/** Letters and digits that nobody takes for another when they are read out. */
const SIGNS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password by chance, such as `k7wm-4tbe-qx9p-h2ra-vd5n`: 20 signs, some 99 bits. */
export function randomPassword(): string {
  const groups = Array.from({ length: 5 }, () => Array.from({ length: 4 }, sign).join(""));
  return groups.join("-");
}

function sign(): string {
  // what would make some signs likelier than others is drawn again
  const most = 256 - (256 % SIGNS.length);
  for (;;) {
    const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < most) return SIGNS[byte % SIGNS.length] ?? "";
  }
}
