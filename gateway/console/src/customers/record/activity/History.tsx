import { Timeline } from "../../../activity/Timeline";
import type { SectionProps } from "../sections";

/** Everything that happened to the customer. */
export default function History({ id }: SectionProps) {
  return <Timeline customer={id} />;
}
