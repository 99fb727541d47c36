// The API as a program uses it: makes what a scenario begins with, and says what the services hold afterwards.

/** How long a token is taken to be good, in milliseconds: a minute less than it is. */
const TOKEN_MS = 4 * 60 * 1000;

export class Api {
  #token = "";
  #since = 0;

  constructor(url, identifier, password) {
    Object.assign(this, { url, identifier, password });
  }

  /** Calls the API and gives what it answers; throws where it is refused. */
  async call(method, path, body, headers = {}) {
    const response = await this.send(method, path, body, { authorization: `Bearer ${await this.#bearer()}`, ...headers });
    const answer = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${JSON.stringify(answer)}`), answer);
    return answer;
  }

  /** The status of an answer. */
  async status(method, path) {
    return (await this.send(method, path, undefined, { authorization: `Bearer ${await this.#bearer()}` })).status;
  }

  /** A customer with these fields, and with an email of their own. */
  customer(fields = {}, more = {}) {
    const email = `person-${crypto.randomUUID()}@example.com`;
    const customer = { firstName: "Luís", lastName: "Gonçalves", email, ...fields };
    return this.call("POST", "/v1/customers", { customer, ...more });
  }

  /** A group with a name of its own. */
  group(displayName) {
    return this.call("POST", "/v1/groups", { displayName: `${displayName} ${crypto.randomUUID().slice(0, 8)}` });
  }

  /** A member of staff of this role, who has chosen a password. */
  async staff(role) {
    const username = `staff-${crypto.randomUUID().slice(0, 8)}`;
    const [given, chosen] = [`given ${crypto.randomUUID()}`, `chosen ${crypto.randomUUID()}`];
    const staff = { username, displayName: `Rita ${role}`, email: `${username}@example.com`, role: `roles/${role}` };
    await this.call("POST", "/v1/staff", { staff, password: given });
    const theirs = new Api(this.url, username, given);
    await theirs.call("POST", "/v1/sessions/current:changePassword", { oldPassword: given, newPassword: chosen });
    return { username, password: chosen };
  }

  send(method, path, body, headers = {}) {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    return fetch(this.url + path, { method, headers: { ...type, ...headers }, body: body && JSON.stringify(body) });
  }

  async #bearer() {
    if (Date.now() - this.#since < TOKEN_MS) return this.#token;
    const { identifier, password } = this;
    const response = await this.send("POST", "/v1/sessions", { identifier, password, userKind: "USER_KIND_STAFF" });
    const session = await response.json();
    if (!response.ok) throw new Error(`signing in: ${JSON.stringify(session)}`);
    this.#token = session.accessToken;
    this.#since = Date.now();
    return this.#token;
  }
}

/** The id in the name of a customer. */
export const idOf = ({ name }) => name.split("/")[1];
