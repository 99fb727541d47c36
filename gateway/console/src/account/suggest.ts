/** Characters that nobody takes for another: no 0 and O, no 1, l and I. */
const CHARACTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** First initial, last name and the last four digits of the phone; empty while one of the names is missing. */
export function suggestUsername(firstName: string, lastName: string, phone: string): string {
  const plain = (text: string) => text.normalize("NFKD").replaceAll(/[^\p{L}\p{N}]/gu, "");
  const initial = [...plain(firstName)][0] ?? "";
  const last = plain(lastName);
  if (!initial || !last) return "";
  const digits = phone.replaceAll(/\D/g, "").slice(-4);
  return `${initial}${last}${digits}`.toLowerCase().slice(0, 100);
}

/** A password of 16 characters in groups of four, to be read out: some 92 bits. */
export function suggestPassword(): string {
  const groups = Array.from({ length: 4 }, () =>
    Array.from({ length: 4 }, () => CHARACTERS[below(CHARACTERS.length)]).join(""),
  );
  return groups.join("-");
}

/** A random number below a bound, each as likely as any other. */
function below(bound: number): number {
  const limit = 256 - (256 % bound);
  for (;;) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < limit) return byte % bound;
  }
}
