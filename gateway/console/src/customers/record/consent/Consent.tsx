import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useActorName } from "../../../activity/actor";
import { asProblem } from "../../../api/problem";
import { ConsentDialog } from "../../../consents/ConsentDialog";
import { type ConsentRecord, consentsQuery, NEWSLETTER } from "../../../consents/queries";
import { CHANNELS, STATES } from "../../../consents/words";
import { openDialog } from "../../../shell/dialogs";
import { useMay } from "../../../shell/session";
import { CopyText } from "../../../ui/CopyText";
import { Failure } from "../../../ui/Failure";
import { formatDay, formatTime } from "../../../ui/format";
import { fullName } from "../../queries";
import type { SectionProps } from "../sections";
import classes from "./Consent.module.css";

/** Whether the customer takes the newsletter, since when, and what they said before: when, how, where, and who recorded it. */
export default function Consent({ id, overview }: SectionProps) {
  const { i18n } = useLingui();
  const writes = useMay()("CUSTOMER_UPDATE");
  const list = useInfiniteQuery(consentsQuery(id));
  if (list.isPending) return <Skeleton height={120} />;
  if (list.isError && !list.data) {
    return <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />;
  }
  const name = overview.customer ? fullName(overview.customer) : "";
  const pages = list.data?.pages ?? [];
  const records = pages.flatMap((page) => page.consentRecords);
  const consent = pages[0]?.consents.find(({ purpose }) => purpose === NEWSLETTER);
  const state = consent?.state ?? "CONSENT_STATE_UNSPECIFIED";
  const subscribed = state === "CONSENT_STATE_SUBSCRIBED";
  const ask = (subscribe: boolean) =>
    openDialog((close) => <ConsentDialog id={id} name={name} subscribe={subscribe} onClose={close} />);
  const day = formatDay(consent?.stateTime);

  return (
    <div className={classes.consent}>
      <section aria-labelledby="consent-newsletter">
        <h2 id="consent-newsletter">
          <Trans>Newsletter by email</Trans>
        </h2>
        <div className={classes.now}>
          <span className={classes.state} data-state={state.replace("CONSENT_STATE_", "")} role="status">
            {i18n._(STATES[state])}
          </span>
          {day && (
            <span className="faint figures">
              <Trans>since {day}</Trans>
            </span>
          )}
          <span className={classes.buttons}>
            {writes && !subscribed && (
              <Button variant="default" onClick={() => ask(true)}>
                <Trans>Subscribe</Trans>
              </Button>
            )}
            {writes && state !== "CONSENT_STATE_UNSPECIFIED" && state !== "CONSENT_STATE_UNSUBSCRIBED" && (
              <Button variant="default" onClick={() => ask(false)}>
                <Trans>Unsubscribe</Trans>
              </Button>
            )}
          </span>
        </div>
        <Link
          to="/customers"
          search={{ time: "all", filters: { newsletter: ["true"] } }}
          activeOptions={{ exact: true }}
        >
          <Trans>Everybody who takes the newsletter</Trans>
        </Link>
      </section>
      {records.length > 0 && (
        <section aria-labelledby="consent-evidence">
          <h2 id="consent-evidence">
            <Trans>Evidence</Trans>
          </h2>
          <ol className={classes.records}>
            {records.map((record) => (
              <Evidence key={record.name} record={record} />
            ))}
          </ol>
          {list.hasNextPage && (
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              <Trans>Earlier</Trans>
            </Button>
          )}
        </section>
      )}
    </div>
  );
}

/** What was said at one time. */
function Evidence({ record }: { record: ConsentRecord }) {
  const { i18n } = useLingui();
  const actorName = useActorName();
  const { actor = "", actorDisplayName = "", createTime = "", source = "", traceId = "" } = record;
  const who = actor && actorName(actor, actorDisplayName);
  return (
    <li className={classes.record}>
      <time className="faint figures" dateTime={createTime}>
        {formatTime(createTime)}
      </time>
      <div className={classes.what}>
        <span>
          <span className={classes.said}>{i18n._(STATES[record.state ?? "CONSENT_STATE_UNSPECIFIED"])}</span>
          {" · "}
          {i18n._(CHANNELS[record.channel ?? "CONSENT_CHANNEL_UNSPECIFIED"])}
        </span>
        {source && <bdi className={classes.source}>{source}</bdi>}
        {who && (
          <span className="faint">
            <Trans>
              Recorded by <bdi>{who}</bdi>
            </Trans>
          </span>
        )}
      </div>
      {traceId && (
        <span className={`faint ${classes.trace}`}>
          <CopyText text={traceId} shown={traceId.slice(0, 8)} />
        </span>
      )}
    </li>
  );
}
