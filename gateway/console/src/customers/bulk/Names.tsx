import { Plural } from "@lingui/react/macro";

/** Names shown before the rest is counted. */
const NAMED = 3;

/** The first of many people by name, and how many more there are. */
export function Names({ names }: { names: string[] }) {
  const rest = names.length - NAMED;
  return (
    <>
      {names.slice(0, NAMED).map((name, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two may have one name
        <span key={place}>
          {place > 0 && ", "}
          <bdi>{name}</bdi>
        </span>
      ))}
      {rest > 0 && (
        <>
          {" "}
          <Plural value={rest} one="and # more" other="and # more" />
        </>
      )}
    </>
  );
}
