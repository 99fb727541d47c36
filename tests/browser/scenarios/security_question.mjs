import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

scenario("a caller is known by the answer that was given when the customer was made", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Luís");
  await page.getByLabel("Last name").fill(`Gonçalves${tag}`);
  await page.getByLabel("Email").fill(`luis-${tag}@example.com`);
  await page.getByRole("combobox", { name: "Security question" }).click();
  await page.getByRole("option", { name: "In which street did you grow up?" }).click();
  await page.getByRole("textbox", { name: "Answer" }).fill("Rua das Flôres");
  await page.getByRole("button", { name: /^Create customer/ }).click();
  await page.getByRole("heading", { name: `Luís Gonçalves${tag}`, level: 1 }).waitFor();

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Ask the security question" }).click();
  const dialog = page.getByRole("dialog", { name: /^Is it Luís Gonçalves/ });
  await dialog.getByText("In which street did you grow up?").waitFor();
  await dialog.getByLabel("Answer given").fill("Rua Augusta");
  await page.keyboard.press("Enter");
  await dialog.getByText("That is not the answer.").waitFor();
  await dialog.getByLabel("Answer given").fill("rua das flores");
  await page.keyboard.press("Enter");
  await dialog.getByText("That is right.").waitFor();

  const [customer] = (await api.call("GET", `/v1/customers?query=goncalves${tag}`)).customers;
  const { events } = await api.call("GET", `/v1/${customer.name}/events`);
  const kinds = events.map((event) => event.type).filter((kind) => kind.startsWith("account.security"));
  assert.deepEqual(kinds, ["account.security_answer_verified", "account.security_answer_failed"]);
});

scenario("a security question is chosen later, and taken away again", {}, async (page) => {
  const customer = await api.customer({}, { account: { username: `luis-${crypto.randomUUID().slice(0, 8)}` } });
  await page.goto(`/${customer.name}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Set the security question" }).click();
  const dialog = page.getByRole("dialog", { name: "Security question" });
  await dialog.getByRole("combobox", { name: "Security question" }).click();
  await page.getByRole("option", { name: "What was the name of your first pet?" }).click();
  await dialog.getByRole("textbox", { name: "Answer" }).fill("Rex");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("The security question is saved.").waitFor();
  await page.getByText("What was the name of your first pet?").waitFor();

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Set the security question" }).click();
  await dialog.getByRole("button", { name: "Ask nothing" }).last().click();
  await page.getByText("Nothing is asked any more.").waitFor();
  const account = await api.call("GET", `/v1/${customer.name}/account`);
  assert.equal(account.securityQuestion, "");
});

scenario("after five wrong answers the page says when the next one can be checked", {}, async (page) => {
  const [question] = (await api.call("GET", "/v1/securityQuestions")).securityQuestions;
  const account = { securityQuestion: question.name, securityAnswer: "Rex" };
  const customer = await api.customer({}, { account });
  const verify = `/v1/${customer.name}/account:verifySecurityAnswer`;
  for (let wrong = 0; wrong < 4; wrong++) await api.call("POST", verify, { securityAnswer: "Fido" });
  await page.goto(`/${customer.name}/access`);
  await page.getByRole("button", { name: "Check a caller’s answer" }).click();
  const dialog = page.getByRole("dialog", { name: /^Is it Luís Gonçalves/ });
  await dialog.getByText(question.text).waitFor();
  await dialog.getByLabel("Answer given").fill("Fido");
  await page.keyboard.press("Enter");
  await dialog.getByText("That is not the answer.").waitFor();
  await dialog.getByLabel("Answer given").fill("Rex");
  await page.keyboard.press("Enter");
  await dialog.getByText(/^Too many answers were wrong\. Try again at \d/).waitFor();
});

scenario("an administrator keeps the list of questions, and who has chosen one is still asked it", {}, async (page) => {
  const words = `What is your favourite tree, ${crypto.randomUUID().slice(0, 8)}?`;
  await page.goto("/settings");
  await page.getByRole("link", { name: "Security questions" }).click();
  await page.getByRole("heading", { name: "Security questions", level: 1 }).waitFor();
  await page.getByText("In which street did you grow up?").waitFor();
  await page.keyboard.press("n");
  const fresh = page.getByRole("dialog", { name: "New question" });
  await fresh.getByRole("textbox", { name: "Question" }).fill("in which street did you grow up?");
  await page.keyboard.press("Control+Enter");
  await fresh.getByText("Somebody else has this already.").waitFor();
  await fresh.getByRole("textbox", { name: "Question" }).fill(words);
  await page.keyboard.press("Control+Enter");
  await page.getByText("The question is on the list.").waitFor();

  const listed = async () => (await api.call("GET", "/v1/securityQuestions?pageSize=100")).securityQuestions;
  const { name } = (await listed()).find(({ text }) => text === words);
  const customer = await api.customer({}, { account: { securityQuestion: name, securityAnswer: "oak" } });

  await page.getByRole("button", { name: `Edit ${words}` }).click();
  const dialog = page.getByRole("dialog", { name: "Edit question" });
  await dialog.getByRole("textbox", { name: "Question" }).fill(`${words} Or shrub?`);
  await dialog.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: `Delete ${words} Or shrub?` }).click();
  await page.getByRole("dialog", { name: "Delete question" }).getByRole("button", { name: "Delete question" }).click();
  await page.getByText("The question is no longer on the list.").waitFor();
  assert.equal((await listed()).some((question) => question.name === name), false);
  assert.equal((await api.call("GET", `/v1/${customer.name}/account`)).securityQuestion, words);
});
