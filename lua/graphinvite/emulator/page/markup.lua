--- The page of a tenant, as it is before the script has filled it.
return [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Emulated tenant</title>
<link rel="icon" href="/_emulator/icon.svg">
<link rel="stylesheet" href="/_emulator/page.css">
<script src="/_emulator/page.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the tenant</a>
<header>
<div class="title">
<img src="/_emulator/icon.svg" alt="" width="36" height="36">
<div><h1>Emulated tenant</h1><p id="tenant">…</p></div>
</div>
<p class="clock">Its time is <time id="clock">…</time>
<span id="link" class="badge">waiting</span></p>
<nav aria-label="Parts of the tenant">
<ul>
<li><a href="#guests">Guests <b id="guests-count">0</b></a></li>
<li><a href="#mail">Mail <b id="mail-count">0</b></a></li>
<li><a href="#invitations">Invitations <b id="invitations-count">0</b></a></li>
<li><a href="#calls">Calls <b id="calls-count">0</b></a></li>
<li><a href="#requests">Requests <b id="requests-count">0</b></a></li>
</ul>
</nav>
</header>
<noscript><p class="alert">The page needs its script, which only this tenant serves.</p></noscript>
<main id="main" tabindex="-1">
<section aria-labelledby="controls-title" class="controls">
<h2 id="controls-title">Controls</h2>
<div role="group" aria-label="Advance the clock">
<span aria-hidden="true">Clock</span>
<button data-seconds="60">+1 min</button>
<button data-seconds="3600">+1 h</button>
<button data-seconds="86400">+1 day</button>
</div>
<form id="throttle" aria-label="Throttle">
<label>Let in <input id="limit" type="number" min="1" max="100000" value="5" required></label>
<label>in <input id="window" type="number" min="1" max="86400" value="10" required> s</label>
<button id="throttle-button" aria-pressed="false">Throttle</button>
</form>
<button id="reset" class="danger">Reset</button>
</section>
<p id="news" role="status" aria-live="polite"></p>
<p id="problem" class="alert" role="alert" hidden></p>

<section aria-labelledby="guests" class="table">
<h2 id="guests" tabindex="-1">Guests</h2>
<table>
<caption>Guests and how far they have come, the newest first</caption>
<thead><tr><th scope="col">Guest</th><th scope="col">State</th><th scope="col">Invited</th>
<th scope="col">State since</th><th scope="col">In place of the guest</th></tr></thead>
<tbody id="guests-list"></tbody>
</table>
<p class="empty">Nobody was invited yet. <code>POST /v1.0/invitations</code> invites.</p>
</section>

<section aria-labelledby="mail">
<h2 id="mail" tabindex="-1">Mail</h2>
<p class="note">What the service would have mailed, the newest first</p>
<ul id="mail-list" class="cards"></ul>
<p class="empty">No mail. An invitation with <code>sendInvitationMessage</code> sends one.</p>
</section>

<section aria-labelledby="invitations" class="table">
<h2 id="invitations" tabindex="-1">Invitations</h2>
<table>
<caption>Invitations, the newest first</caption>
<thead><tr><th scope="col">For</th><th scope="col">Status</th><th scope="col">Leads to</th>
<th scope="col">Mail</th><th scope="col">Redeem link</th></tr></thead>
<tbody id="invitations-list"></tbody>
</table>
<p class="empty">No invitations.</p>
</section>

<section aria-labelledby="calls">
<h2 id="calls" tabindex="-1">Calls</h2>
<p class="note">Calls and the invitations into them as they went, the newest first</p>
<ul id="calls-list" class="cards"></ul>
<p class="empty">No calls.</p>
</section>

<section aria-labelledby="requests" class="table">
<h2 id="requests" tabindex="-1">Requests</h2>
<table>
<caption>Requests and their answers, the newest first</caption>
<thead><tr><th scope="col">Request</th><th scope="col">Answer</th><th scope="col">Time</th>
<th scope="col">Further</th></tr></thead>
<tbody id="requests-list"></tbody>
</table>
<p class="empty">The tenant was not asked anything.</p>
</section>
</main>
<footer>
<p>An emulator: nobody is mailed or called, and nothing leaves for Microsoft Graph.</p>
</footer>
</body>
</html>
]]
