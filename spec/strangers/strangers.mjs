// Calls the emulator with clients of other hands, unchanged, and prints a line of TAP for each
// claim. node strangers.mjs URL; the server's certificate is in NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { Client } from "@microsoft/microsoft-graph-client";
import { AllowedHostsValidator, BaseBearerTokenAuthenticationProvider, HttpMethod,
  RequestInformation } from "@microsoft/kiota-abstractions";
import { createGraphServiceClient, GraphRequestAdapter } from "@microsoft/msgraph-sdk";
import "@microsoft/msgraph-sdk-invitations";
import "@microsoft/msgraph-sdk-users";

const url = process.argv[2];
const TENANT = "8e1f0a52-3c4d-4b5e-9f60-718293a4b5c6";
const CLIENT = "24e9c1d8-5a72-4e3d-9d6f-3c9b5a1e0f11";
const GUESTS = 250;

const application = new ConfidentialClientApplication({
  auth: {
    clientId: CLIENT,
    clientSecret: "a secret",
    authority: `${url}/${TENANT}`,
    knownAuthorities: [new URL(url).host],
  },
});

async function token() {
  const result = await application.acquireTokenByClientCredential({
    scopes: ["https://graph.microsoft.com/.default"],
  });
  return result.accessToken;
}

const graph = Client.initWithMiddleware({
  baseUrl: url,
  customHosts: new Set([new URL(url).hostname]),
  authProvider: { getAccessToken: token },
});

const adapter = new GraphRequestAdapter(new BaseBearerTokenAuthenticationProvider({
  getAuthorizationToken: token,
  getAllowedHostsValidator: () => new AllowedHostsValidator(),
}));
adapter.baseUrl = `${url}/v1.0`;
const sdk = createGraphServiceClient(adapter);

async function control(name, body) {
  const response = await fetch(`${url}/_emulator/${name}`, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  return (await response.json()).value;
}

const address = (i) => `guest${i}@fabrikam.example`;
const invitation = (i) => ({
  invitedUserEmailAddress: address(i),
  inviteRedirectUrl: "https://app.contoso.example",
});

const claims = {
  "msal-node gets a token, and keeps it": async () => {
    assert.equal(await token(), await token());
    const asked = (await control("requests")).filter((each) => each.path.endsWith("/token"));
    assert.equal(asked.length, 1);
  },

  "microsoft-graph-client creates an invitation": async () => {
    const made = await graph.api("/invitations").post(invitation(0));
    assert.equal(made.status, "PendingAcceptance");
    assert.match(made.inviteRedeemUrl, /redeem/);
    assert.equal(made.invitedUserEmailAddress, address(0));
  },

  "msgraph-sdk creates an invitation": async () => {
    const made = await sdk.invitations.post(invitation(1));
    assert.equal(made.status, "PendingAcceptance");
    assert.equal(made.invitedUserEmailAddress, address(1));
  },

  "microsoft-graph-client finds a guest by filter": async () => {
    const found = await graph.api("/users").filter(`mail eq '${address(0)}'`)
      .select("id,mail,externalUserState").get();
    assert.equal(found.value.length, 1);
    assert.equal(found.value[0].externalUserState, "PendingAcceptance");
  },

  "msgraph-sdk finds a guest by filter": async () => {
    const found = await sdk.users.get({
      queryParameters: { filter: `mail eq '${address(1)}'`, select: ["id", "mail"] },
    });
    assert.equal(found.value.length, 1);
    assert.equal(found.value[0].mail, address(1));
  },

  "an envelope of 20 invitations is answered item by item": async () => {
    for (let i = 2; i < GUESTS; i += 20) {
      const requests = [];
      for (let k = i; k < Math.min(i + 20, GUESTS); k++) {
        requests.push({
          id: String(k), method: "POST", url: "/invitations",
          headers: { "Content-Type": "application/json" }, body: invitation(k),
        });
      }
      const { responses } = await graph.api("/$batch").post({ requests });
      assert.deepEqual(responses.map((each) => each.status), requests.map(() => 201));
      assert.deepEqual(new Set(responses.map((each) => each.id)),
        new Set(requests.map((each) => each.id)));
    }
    assert.equal((await control("invitations")).length, GUESTS);
  },

  "microsoft-graph-client pages through 250 guests": async () => {
    const seen = new Set();
    let page = await graph.api("/users").filter("userType eq 'Guest'").top(60).get();
    for (;;) {
      page.value.forEach((user) => seen.add(user.mail));
      if (!page["@odata.nextLink"]) {
        break;
      }
      page = await graph.api(page["@odata.nextLink"]).get();
    }
    assert.equal(seen.size, GUESTS);
  },

  "msgraph-sdk pages through 250 guests": async () => {
    const seen = new Set();
    let page = await sdk.users.get({
      queryParameters: { filter: "userType eq 'Guest'", top: 60 },
    });
    for (;;) {
      page.value.forEach((user) => seen.add(user.mail));
      if (!page.odataNextLink) {
        break;
      }
      page = await sdk.users.withUrl(page.odataNextLink).get();
    }
    assert.equal(seen.size, GUESTS);
  },

  "microsoft-graph-client invites people into a call and reads the operation": async () => {
    const person = (id) => ({
      "@odata.type": "#microsoft.graph.invitationParticipantInfo",
      identity: { "@odata.type": "#microsoft.graph.identitySet", user: { id } },
    });
    const call = await graph.api("/communications/calls").post({
      "@odata.type": "#microsoft.graph.call",
      callbackUri: "https://bot.contoso.example/calls",
      requestedModalities: ["audio"],
      mediaConfig: { "@odata.type": "#microsoft.graph.serviceHostedMediaConfig" },
      targets: [person("112f7296-5fa4-42ca-bae8-6a692b15d4b8")],
    });
    const started = await graph.api(`/communications/calls/${call.id}/participants/invite`).post({
      participants: [person("278405a3-f568-4b3e-b684-009193463064")],
      clientContext: "f2fa86af-3c51-4bc2-8fc0-475452d9764f",
    });
    assert.equal(started.clientContext, "f2fa86af-3c51-4bc2-8fc0-475452d9764f");
    const operation = await graph
      .api(`/communications/calls/${call.id}/operations/${started.id}`).get();
    assert.equal(operation.id, started.id);
    assert.match(operation.status, /^(notStarted|running|completed)$/i);
  },

  "microsoft-graph-client waits as a 429 asks it to, and gets through": async () => {
    await control("fail_next", { status: 429, headers: { "Retry-After": "1" } });
    const begun = Date.now();
    const made = await graph.api("/invitations").post(invitation(1000));
    assert.equal(made.status, "PendingAcceptance");
    assert.ok(Date.now() - begun >= 1000);
  },

  "msgraph-sdk waits as a 429 asks it to, and gets through": async () => {
    await control("fail_next", { status: 429, headers: { "Retry-After": "1" } });
    const made = await sdk.invitations.post(invitation(1001));
    assert.equal(made.status, "PendingAcceptance");
    const tried = (await control("requests")).filter((each) => each.status === 429);
    assert.equal(tried.length, 2);
  },

  "both see a refusal as Graph's error": async () => {
    await assert.rejects(graph.api("/users/nobody").get(), (error) => {
      assert.equal(error.statusCode, 404);
      assert.equal(error.code, "Request_ResourceNotFound");
      return true;
    });
    const request = new RequestInformation(HttpMethod.GET, "{+baseurl}/users/nobody",
      { baseurl: adapter.baseUrl });
    await assert.rejects(adapter.sendPrimitive(request, "string", undefined));
  },

  "no call went anywhere that is not there": async () => {
    const stray = (await control("requests")).filter((each) => each.unmatched);
    assert.deepEqual(stray, []);
  },
};

let n = 0;
for (const [claim, check] of Object.entries(claims)) {
  n += 1;
  try {
    await check();
    console.log(`ok ${n} - ${claim}`);
  } catch (error) {
    console.log(`not ok ${n} - ${claim}`);
    console.log(`# ${inspect(error).replaceAll("\n", "\n# ")}`);
  }
}
console.log(`1..${n}`);
