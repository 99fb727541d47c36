import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asProblem } from "../api/problem";
import { Failure } from "../ui/Failure";
import { formatCount, formatDay } from "../ui/format";
import { dayWord } from "./days";
import classes from "./Home.module.css";
import { newCustomersQuery } from "./queries";

const DAYS = 30;

/** Above this the service does not count: 10,001 stands for more. */
const COUNTED = 10_000;

interface Day {
  day: Date;
  count: number;
}

/** How many customers came on each of the last days: bars for who sees, a table for who hears. */
export function NewCustomers() {
  const days = useQuery(newCustomersQuery(DAYS));
  const total = days.data?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  return (
    <section className={classes.part} aria-labelledby="home-new">
      <h2 id="home-new">
        <Trans>New customers</Trans>
      </h2>
      {days.isPending && <Skeleton height={140} />}
      {days.isError && !days.data && <Failure problem={asProblem(days.error)} onRetry={() => void days.refetch()} />}
      {days.data && (
        <>
          <p>
            <Link to="/customers">
              <Plural value={total} one="# customer in the last 30 days" other="# customers in the last 30 days" />
            </Link>
          </p>
          <Bars days={days.data} />
          <Table days={days.data} />
        </>
      )}
    </section>
  );
}

/** How high the axis goes: the next of 5, 10, 20, 50, 100 and so on. */
function axis(most: number): number {
  for (let power = 1; ; power *= 10) {
    for (const step of [5, 10, 20]) if (most <= step * power) return step * power;
  }
}

function Bars({ days }: { days: Day[] }) {
  const top = axis(Math.max(...days.map(({ count }) => count)));
  const [first, last] = [days[0], days.at(-1)];
  return (
    <div className={classes.chart} aria-hidden>
      <span className={`faint figures ${classes.axis}`}>{formatCount(top)}</span>
      <div className={classes.bars}>
        {days.map(({ day, count }) => (
          <Link
            key={day.getTime()}
            to="/customers"
            search={{ time: "custom", from: dayWord(day), to: dayWord(day) }}
            tabIndex={-1}
            className={classes.bar}
            title={`${formatDay(day.toISOString())}: ${said(count)}`}
          >
            <span style={{ height: `${(100 * Math.min(count, top)) / top}%` }} />
          </Link>
        ))}
      </div>
      <span className={`faint ${classes.ends}`}>
        <span>{formatDay(first?.day.toISOString())}</span>
        <span>{formatDay(last?.day.toISOString())}</span>
      </span>
    </div>
  );
}

function Table({ days }: { days: Day[] }) {
  const { t } = useLingui();
  return (
    <table className="unseen">
      <caption>{t`New customers of each day`}</caption>
      <thead>
        <tr>
          <th scope="col">{t`Day`}</th>
          <th scope="col">{t`Customers`}</th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ day, count }) => (
          <tr key={day.getTime()}>
            <th scope="row">{formatDay(day.toISOString())}</th>
            <td>{said(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function said(count: number): string {
  return count > COUNTED ? `${formatCount(COUNTED)}+` : formatCount(count);
}
