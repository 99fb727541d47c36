import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

scenario("a customer at the counter takes the newsletter and later leaves it, and the evidence says when, where and who", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}`);
  await page.getByRole("link", { name: "Consent", exact: true }).click();
  await page.getByRole("status").getByText("Not asked yet").waitFor();
  await page.getByRole("button", { name: "Subscribe", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Subscribe Luís Gonçalves" });
  await dialog.getByRole("button", { name: "Subscribe", exact: true }).click();
  await dialog.getByText("Fill this in.").waitFor();
  await dialog.getByLabel("How do you know?").selectOption("At the counter");
  await dialog.getByLabel("Source").fill("Form 12 of the shop in Lisbon");
  await dialog.getByRole("button", { name: "Subscribe", exact: true }).click();
  await page.getByText("Luís Gonçalves takes the newsletter.").waitFor();
  await page.getByRole("status").getByText("Subscribed", { exact: true }).waitFor();
  await page.getByText("Form 12 of the shop in Lisbon").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).newsletter, true);

  await page.getByRole("button", { name: "Unsubscribe" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unsubscribe" }).click();
  await page.getByText("Luís Gonçalves left the newsletter.").waitFor();
  await page.getByRole("status").getByText("Unsubscribed", { exact: true }).waitFor();
  const evidence = page.getByRole("region", { name: "Evidence" }).getByRole("listitem");
  await page.waitForFunction(() => document.querySelectorAll("#consent-evidence ~ ol > li").length === 2);
  const joined = await evidence.nth(1).innerText();
  for (const part of ["Subscribed · At the counter", "Form 12 of the shop in Lisbon", "Recorded by"]) {
    assert.ok(joined.includes(part), joined);
  }
  const today = await evidence.nth(1).getByRole("time").getAttribute("datetime");
  assert.ok(Date.now() - Date.parse(today) < 60_000, today);
  const { consentRecords } = await api.call("GET", `/v1/${customer.name}/consentRecords`);
  assert.deepEqual(
    consentRecords.map(({ state, channel }) => [state, channel]),
    [
      ["CONSENT_STATE_UNSUBSCRIBED", "CONSENT_CHANNEL_CONSOLE"],
      ["CONSENT_STATE_SUBSCRIBED", "CONSENT_CHANNEL_POINT_OF_SALE"],
    ],
  );
  assert.match(consentRecords[1].actor, /^staff\//);
});

scenario("the switch of the record leaves evidence too, and leads to everybody who takes the newsletter", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const customer = await api.customer({ lastName: tag, newsletter: true });
  await api.customer({ lastName: tag });
  await page.goto(`/${customer.name}/consent`);
  await page.getByText("Subscribed · Entered by staff").waitFor();
  await page.getByRole("link", { name: "Everybody who takes the newsletter" }).click();
  await page.getByRole("link", { name: `Luís ${tag}`, exact: true }).waitFor();
  await page.getByRole("searchbox").first().fill(tag);
  await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-index]").length === 1);
});
