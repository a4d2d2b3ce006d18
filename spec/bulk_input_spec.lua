local columns = require "graphinvite.workflows.bulk.columns"
local helper = require "spec.helper"
local input = require "graphinvite.workflows.bulk.input"
local process = require "spec.support.process"
local raises = require "spec.support.raises"

local TEMPLATE = "version:v1.0\n"
  .. "Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required,"
  .. "Send invitation message (true or false) [sendEmail],"
  .. "Customized invitation message [customizedMessageBody]\n"
local PLAIN = "email,redirect,send\n"
local URL = "https://app.contoso.example"
local NO_MAIL = "no column says whether a message is sent (sendEmail): nobody gets one"

-- An open file with this text.
local function file_of(text)
  local file = assert(io.tmpfile())
  file:write(text)
  file:seek "set"
  return file
end

-- The rows of a text, and its reader.
local function rows_of(text, options)
  local reader, faults = input.open(file_of(text), options)
  assert(reader, faults and tostring(faults[1]))
  local rows = {}
  for row in reader:rows() do
    rows[#rows + 1] = row
  end
  assert.equal(reader.count, #rows)
  return rows, reader
end

-- The faults of a text, as a person reads them.
local function faults_of(text, options)
  local reader, faults = input.open(file_of(text), options)
  assert.is_nil(reader)
  local texts = {}
  for i, fault in ipairs(faults) do
    texts[i] = tostring(fault)
  end
  assert.equal(#texts, faults.total)
  return texts
end

local function row(line, address, more)
  local made = { line = line, address = address, redirect = URL, send = false }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

-- name, text, rows, notices
local SOUND = {
  {
    "the portal's template", TEMPLATE .. "a@b.c,https://app.contoso.example,true,Welcome\n",
    { row(3, "a@b.c", { send = true, message = "Welcome" }) }, { "read as the portal's template" },
  },
  {
    "the template with CR LF and a byte order mark",
    "\239\187\191" .. (TEMPLATE .. "a@b.c,https://app.contoso.example,FALSE,\n"):gsub("\n", "\r\n"),
    { row(3, "a@b.c") }, { "read as the portal's template" },
  },
  {
    "the template as a spreadsheet saves it again",
    "version:v1.0,,,\n" .. TEMPLATE:match "\n(.*)"
      .. "a@b.c,https://app.contoso.example,TRUE,\n,,,\n",
    { row(3, "a@b.c", { send = true }) }, { "read as the portal's template" },
  },
  {
    "the template without its version", TEMPLATE:match "\n(.*)" .. "a@b.c," .. URL .. ",,\n",
    { row(2, "a@b.c") }, { "read as CSV" },
  },
  {
    "the template with columns in another order, in capitals, and further ones",
    "VERSION: V1.0\nx [CUSTOMIZEDMESSAGEBODY],Department,[InviteRedirectUrl],[INVITEEEMAIL],\n"
      .. "Hi,Sales,https://app.contoso.example,a@b.c,\n",
    { row(3, "a@b.c", { message = "Hi" }) },
    { "read as the portal's template", "columns that are not used: Department", NO_MAIL },
  },
  {
    "a message over several lines",
    TEMPLATE .. 'a@b.c,https://app.contoso.example,true,"Hi, ""you"",'
      .. '\r\n\nbye"\nd@e.f,https://app.contoso.example,,\n',
    {
      row(3, "a@b.c", { send = true, message = 'Hi, "you",\r\n\nbye' }), row(6, "d@e.f"),
    },
    { "read as the portal's template" },
  },
  {
    "a message with blanks around it", TEMPLATE .. "a@b.c,https://app.contoso.example,, Hi \n",
    { row(3, "a@b.c", { message = " Hi " }) }, { "read as the portal's template" },
  },
  {
    "plain titles", "E-Mail,Redirect URL,Display Name,Send_Invitation_Message\n"
      .. "a@b.c,https://app.contoso.example,Ann,true\n",
    { row(2, "a@b.c", { name = "Ann", send = true }) }, { "read as CSV" },
  },
  {
    "Graph's own names as titles",
    "invitedUserEmailAddress,inviteRedirectUrl,sendInvitationMessage,invitedUserDisplayName\n"
      .. "a@b.c,https://app.contoso.example,false,Zoë 李\n",
    { row(2, "a@b.c", { name = "Zoë 李" }) }, { "read as CSV" },
  },
  {
    "blanks around cells, also those that do not break", PLAIN
      .. " a@b.c\194\160,\thttps://app.contoso.example , True \n"
      .. "\239\187\191\226\128\139 é@b.c\194\160\194\160 ,https://app.contoso.example,\194\160\n",
    { row(2, "a@b.c", { send = true }), row(3, "é@b.c") }, { "read as CSV" },
  },
  {
    "empty lines, lines of blanks, and lines of commas",
    "\n" .. PLAIN .. "\n , \t,\n,,\na@b.c,https://app.contoso.example,\n\n\n",
    { row(6, "a@b.c") }, { "read as CSV" },
  },
  {
    "semicolons", "mail;redirect\na@b.c;https://app.contoso.example\n",
    { row(2, "a@b.c") }, { "read as CSV", "columns are separated by semicolons", NO_MAIL },
  },
  {
    "tabs", "mail\tredirect\na@b.c\thttps://app.contoso.example\n",
    { row(2, "a@b.c") }, { "read as CSV", "columns are separated by tabs", NO_MAIL },
  },
  {
    "a title near one that is there",
    "email,email2,redirect\na@b.c,x,https://app.contoso.example\n",
    { row(2, "a@b.c") }, { "read as CSV", "columns that are not used: email2", NO_MAIL },
  },
  {
    "addresses with ', _ and letters beyond ASCII", PLAIN
      .. "_o'neil_@b.c,https://app.contoso.example,\n"
      .. "zoë@münchen.example,https://app.contoso.example,\n",
    { row(2, "_o'neil_@b.c"), row(3, "zoë@münchen.example") }, { "read as CSV" },
  },
  {
    "a last line without its end", PLAIN .. "a@b.c,https://app.contoso.example,true",
    { row(2, "a@b.c", { send = true }) }, { "read as CSV" },
  },
  {
    "JSON lines", '{"invitedUserEmailAddress":"a@b.c",'
      .. '"inviteRedirectUrl":"https://app.contoso.example",'
      .. '"sendInvitationMessage":true,"invitedUserDisplayName":"Zo\\u00eb",'
      .. '"invitedUserMessageInfo":{"customizedMessageBody":"a\\nb"}}\n\n \r\n'
      .. '{"inviteRedirectUrl":"https://app.contoso.example",'
      .. '"invitedUserEmailAddress":"d@e.f"}\r\n',
    {
      row(1, "a@b.c", { send = true, name = "Zoë", message = "a\nb" }), row(4, "d@e.f"),
    },
    { "read as JSON lines" },
  },
  {
    "JSON lines with null and annotations",
    '\239\187\191 {"@odata.type":"#microsoft.graph.invitation",'
      .. '"invitedUserEmailAddress":"a@b.c",'
      .. '"inviteRedirectUrl":"https://app.contoso.example",'
      .. '"invitedUserMessageInfo":null,"sendInvitationMessage":null,"resetRedemption":null}',
    { row(1, "a@b.c") }, { "read as JSON lines" },
  },
}

local ONLY_BEFORE = "cannot be invited: ~ ! # $ % ^ & * ( ) + = [ ] { } \\ / | ; : \" < > ? , and "
  .. "space are not allowed before the @"
local NO_URL = "not an absolute http or https URL"
local NO_AT = "not an e-mail address: it has no @"
local NO_REDIRECT = "no column holds the redirect URL: call it redirect, or [inviteRedirectURL] as "
  .. "the portal does, or give one redirect URL for all rows"
local NO_ADDRESS = "no column holds the addresses: call it email, or [inviteeEmail] as the "
  .. "portal does"
local UTF16 = 'UTF-16, as Excel saves "Unicode Text": save the file as UTF-8 (CSV UTF-8)'
local WORKBOOK = "an Excel workbook, not a text: save it as CSV UTF-8"
local ONE_BY_ONE = "cannot be given in a bulk file: invite these guests one by one"
local BOTH = '"invitedUserEmailAddress":"a@b.c","inviteRedirectUrl":"https://app.contoso.example"'

-- name, text, all its faults
local BROKEN = {
  { "an empty file", "", { "the file is empty" } },
  { "only line ends", "\n\n", { "there are no column titles" } },
  { "the template without a row", TEMPLATE, { "the file holds no rows" } },
  { "titles without a row", PLAIN .. "\n,,\n", { "the file holds no rows" } },
  { "only the version", "version:v1.0\n", { "there are no column titles" } },
  { "a version that is not known", "\n" .. TEMPLATE:gsub("v1", "v2", 1) .. "a@b.c,x,,\n", {
    "line 2: the template's version is v2.0, but v1.0 is known",
  } },
  { "UTF-16 with its mark", "\255\254e\0m\0", { UTF16 } },
  { "UTF-16 of the other order", "\254\255\0e\0m", { UTF16 } },
  { "UTF-16 without a mark", "e\0m\0a\0", { UTF16 } },
  { "a workbook", "PK\3\4\20\0\6\0", { WORKBOOK } },
  { "an old workbook", "\208\207\17\224\161", { WORKBOOK } },
  { "a row where titles belong", "a@b.c,https://x.y,true\n", {
    "line 1: this looks like a row, but the first line holds the columns' titles, such as "
      .. "email,redirect",
  } },
  { "no column of addresses", "who,redirect\na@b.c,https://x.y\n", { "line 1: " .. NO_ADDRESS } },
  { "no column of redirect URLs", "email\na@b.c\n", { "line 1: " .. NO_REDIRECT } },
  { "neither", "x,y\na,b\n", { "line 1: " .. NO_ADDRESS, "line 1: " .. NO_REDIRECT } },
  { "misspelt titles", "emaill,redirct,sendEmial\na@b.c,https://x.y,true\n", {
    "line 1, emaill: no such column (did you mean email?)",
    "line 1, redirct: no such column (did you mean redirect?)",
    "line 1, sendEmial: no such column (did you mean sendEmail?)",
  } },
  { "a misspelt name in brackets", TEMPLATE:gsub("sendEmail", "sendEmails", 1)
    .. "a@b.c,https://x.y,,\n", {
    "line 2, sendEmails: no such column (did you mean sendEmail?)",
  } },
  { "two columns of addresses", "email,redirect,mail\na@b.c,https://x.y,d@e.f\n", {
    "line 1, mail: another column holds the address too: email",
  } },
  { "a quote that is never closed among the titles", '"email,redirect\na@b.c,https://x.y\n', {
    "line 1: a quote that opens a field is never closed",
  } },
  { "addresses that cannot be invited", PLAIN .. "ann,https://x.y,\n\na b@c.d,https://x.y,\n"
    .. ".a@b.c,https://x.y,\na@b@c,https://x.y,\n@b.c,https://x.y,\n,https://x.y,\n", {
    "line 2, email: " .. NO_AT,
    "line 4, email: " .. ONLY_BEFORE,
    "line 5, email: cannot be invited: the name before the @ begins or ends with . or -",
    "line 6, email: not an e-mail address: it has more than one @",
    "line 7, email: not an e-mail address: a name, @ and a domain are needed",
    "line 8, email: empty",
  } },
  { "redirect URLs that are none", PLAIN .. "a@b.c,app.contoso.example,\na@b.c,ftp://x.y,\n"
    .. "a@b.c,,\na@b.c,https://x.y/a b,\n", {
    "line 2, redirect: " .. NO_URL, "line 3, redirect: " .. NO_URL, "line 4, redirect: empty",
    "line 5, redirect: not a URL: it has a character that must be percent-encoded",
  } },
  { "several faults of one row", TEMPLATE .. "ann,x,yes,\n", {
    "line 3, sendEmail: neither true nor false", "line 3, inviteeEmail: " .. NO_AT,
    "line 3, inviteRedirectURL: " .. NO_URL,
  } },
  { "a choice in another language", PLAIN .. "a@b.c,https://x.y,WAHR\n", {
    "line 2, send: neither true nor false",
  } },
  { "rows with too few and too many cells", PLAIN .. "a@b.c,https://x.y\n"
    .. "a@b.c,https://x.y,true,Hi\n", {
    "line 2: only 2 of 3 fields",
    "line 3: 4 fields under 3 titles: put a text that has the separator in it in quotes",
  } },
  { "a file that was cut off", PLAIN .. "a@b.c,https://x.y,true\nd@e.f,https://x", {
    "line 3: only 2 of 3 fields",
  } },
  { "an address with a line break", PLAIN .. '"a@b.c\nd@e.f",https://x.y,\nann,https://x.y,\n', {
    "line 2, email: has a control character", "line 4, email: " .. NO_AT,
  } },
  { "a quote that is never closed", PLAIN .. 'a@b.c,https://x.y,"true\nann,https://x.y,\n', {
    "line 2: a quote that opens a field is never closed", "line 3, email: " .. NO_AT,
  } },
  { "a quote in a cell", PLAIN .. 'a@b.c,https://x.y/"a",\nann,https://x.y,\n', {
    "line 2, redirect: a quote inside a field that does not begin with one: put the field in "
      .. "quotes, and write those inside twice",
    "line 3, email: " .. NO_AT,
  } },
  { "text behind a quote", PLAIN .. '"a@b.c" ,https://x.y,\n', {
    "line 2, email: text behind the quote that closes a field: write quotes inside a field twice",
  } },
  { "a cell that is too long", PLAIN .. "a@b.c,https://x.y/" .. ("x"):rep(65536) .. ",\nann,,\n", {
    "line 2, redirect: a field of more than 65536 bytes: is a quote not closed?",
    "line 3, email: " .. NO_AT, "line 3, redirect: empty",
  } },
  { "line ends of CR alone", "email,redirect\ra@b.c,https://x.y\r", {
    "line 1: a line that ends with CR alone: save the file with line ends of Windows or Unix",
  } },
  { "Latin-1", PLAIN .. "ann,https://x.y,\nzo\235@b.c,https://x.y,\nann,https://x.y,\n", {
    "line 2, email: " .. NO_AT,
    "line 3: not UTF-8: save the file as UTF-8 (Excel calls it CSV UTF-8)",
    "line 4, email: " .. NO_AT,
  } },
  { "NUL", PLAIN .. "ann,https://x.y,\na@b.c,https\0://x.y,\nann,https://x.y,\n", {
    "line 2, email: " .. NO_AT, "line 3: a NUL byte: this is no text, or not in UTF-8",
  } },
  { "a JSON array", '[\n{"invitedUserEmailAddress":"a@b.c"}]', {
    "a JSON array: write each object on a line of its own, without the array",
  } },
  { "JSON over several lines", "{\n" .. BOTH .. "\n}\n", {
    "line 1: not JSON at byte 2: the text ends too early; each line holds one whole object",
    'line 2: not an object: "invitedUserEmailAddress"; each line holds one whole object',
    "line 3: not JSON at byte 1: not a JSON value; each line holds one whole object",
  } },
  { "JSON with names that do not exist", "{" .. BOTH .. "}\n\n{" .. BOTH
    .. ',"sendInvitation":true,"zzz":1}\n', {
    "line 3, sendInvitation: no such property of microsoft.graph.invitation (did you mean "
      .. "sendInvitationMessage?)",
    "line 3, zzz: no such property of microsoft.graph.invitation",
  } },
  { "JSON with members that no row has", "{" .. BOTH .. ',"resetRedemption":true,"invitedUser":'
    .. '{"id":"1"},"invitedUserMessageInfo":{"messageLanguage":"de"}}\n', {
    "line 1, invitedUser: " .. ONE_BY_ONE,
    "line 1, invitedUserMessageInfo.messageLanguage: " .. ONE_BY_ONE,
    "line 1, resetRedemption: " .. ONE_BY_ONE,
  } },
  { "JSON with values of other types", "{" .. BOTH .. ',"sendInvitationMessage":"true"}\n{'
    .. BOTH .. ',"invitedUserMessageInfo":{"customizedMessageBody":5}}\n[1]\n5\n', {
    'line 1, sendInvitationMessage: not a Boolean: "true"',
    "line 2, invitedUserMessageInfo.customizedMessageBody: not a String: 5",
    "line 3: not an object: an array; each line holds one whole object",
    "line 4: not an object: 5; each line holds one whole object",
  } },
  { "JSON without the members that are required", '{"sendInvitationMessage":true}\n'
    .. '{"inviteRedirectUrl":"x","invitedUserEmailAddress":"a b@c"}\n', {
    "line 1, inviteRedirectUrl: required", "line 1, invitedUserEmailAddress: required",
    "line 2, inviteRedirectUrl: " .. NO_URL, "line 2, invitedUserEmailAddress: " .. ONLY_BEFORE,
  } },
  { "JSON that is no UTF-8", '{"invitedUserEmailAddress":"zo\235@b.c"}\n', {
    "line 1, invitedUserEmailAddress: not JSON at byte 31: bad UTF-8",
  } },
  { "a JSON line that is too long", "{" .. BOTH .. "}\n" .. (" "):rep(270000) .. "{}\n{}\n", {
    "line 2: a line of more than 262144 bytes", "line 3, inviteRedirectUrl: required",
    "line 3, invitedUserEmailAddress: required",
  } },
  { "JSON lines with NUL", "{" .. BOTH .. "}\n\0", {
    "line 2: a NUL byte: this is no text, or not in UTF-8",
  } },
}

describe("bulk input", function()
  for _, case in ipairs(SOUND) do
    local name, text, rows, notices = case[1], case[2], case[3], case[4]
    it("reads " .. name, function()
      local found, reader = rows_of(text)
      assert.same(rows, found)
      assert.same(notices, reader.notices)
    end)
  end

  for _, case in ipairs(BROKEN) do
    local name, text, faults = case[1], case[2], case[3]
    it("tells all that is wrong with " .. name, function()
      assert.same(faults, faults_of(text))
    end)
  end

  it("knows the titles that the README lists", function()
    local readme = assert(io.open "README.md"):read "*a"
    for _, field in ipairs(columns.FIELDS) do
      local listed = "| " .. field[2] .. " | `" .. table.concat(field[3], "`, `") .. "` |"
      assert.is_truthy(readme:find(listed, 1, true), listed)
      for _, name in ipairs(field[3]) do
        local found = columns.match({ name:upper() }, true, function() end)
        assert.equal(field[1], found.fields[1], name)
      end
    end
  end)

  -- fixtures that other programs wrote of the same guests
  for _, name in ipairs { "python-excel", "python-all", "python-semicolon", "sqlite3" } do
    it("reads the CSV of " .. name .. " as the same guests in JSON", function()
      local expected = rows_of(helper.fixture "guests.jsonl")
      local found = rows_of(helper.fixture("guests-" .. name .. ".csv"))
      for i, guest in ipairs(expected) do
        guest.line = found[i] and found[i].line
      end
      assert.equal(40, #found)
      assert.same(expected, found)
    end)
  end

  it("gives the rows again and again", function()
    local reader = assert(input.open(file_of(PLAIN .. "a@b.c,https://x.y,\nd@e.f,https://x.y,\n")))
    for _ = 1, 2 do
      local next_row = reader:rows()
      assert.equal("a@b.c", next_row().address)
    end
    local lines = {}
    for found in reader:rows() do
      lines[#lines + 1] = found.line
    end
    assert.same({ 2, 3 }, lines)
  end)

  it("does not tell too much of names that are too long, or too many", function()
    local titles = { "email", "redirect" }
    for i = 1, 25 do
      titles[#titles + 1] = "c" .. i
    end
    local cells = ("x,"):rep(25):sub(1, -2)
    local _, reader = rows_of(table.concat(titles, ",") .. "\na@b.c,https://x.y," .. cells .. "\n")
    assert.equal("columns that are not used: c1, c2, c3, c4, c5, c6, c7, c8, c9, c10 and 15 more",
      reader.notices[2])
    _, reader = rows_of("email,redirect," .. ("é"):rep(100) .. "\na@b.c,https://x.y,x\n")
    assert.equal("columns that are not used: " .. ("é"):rep(38) .. "...", reader.notices[2])
    local deep = ('{"a":'):rep(60) .. '"x"' .. ("}"):rep(60)
    local fault = faults_of("{" .. BOTH .. ',"status":' .. deep .. "}\n")[1]
    assert.matches("^line 1, status", fault)
    assert.is_true(#fault < 200)
  end)

  it("takes one redirect URL for rows that have none", function()
    local options = { redirect = URL }
    assert.same({ row(2, "a@b.c") }, (rows_of("email\na@b.c\n", options)))
    assert.same({ row(2, "a@b.c"), row(3, "d@e.f", { redirect = "https://x.y" }) },
      (rows_of("email,redirect\na@b.c,\nd@e.f,https://x.y\n", options)))
    assert.same({ row(1, "a@b.c"), row(2, "d@e.f") }, (rows_of(
      '{"invitedUserEmailAddress":"a@b.c"}\n{"invitedUserEmailAddress":"d@e.f",'
      .. '"inviteRedirectUrl":null}', options)))
    assert.same({ "the redirect URL for all rows: " .. NO_URL },
      faults_of("email\na@b.c\n", { redirect = "app" }))
  end)

  it("begins where an open file stands, and leaves it open", function()
    local file = file_of("not ours\n" .. PLAIN .. "a@b.c,https://app.contoso.example,\n")
    file:read "*l"
    local reader = assert(input.open(file))
    assert.same(row(2, "a@b.c"), reader:rows()())
    reader:close()
    assert.equal("file", io.type(file))
  end)

  it("closes the file that it has opened", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(PLAIN .. "a@b.c,https://x.y,\n")
    file:close()
    local reader = assert(input.open(path))
    assert.equal("a@b.c", reader:rows()().address)
    reader:close()
    reader:close()
    os.remove(path)
    assert.equal("closed file", io.type(reader.source.handle))
  end)

  it("reads a pipe twice", function()
    local pipe = assert(io.popen("printf 'email,redirect\\na@b.c,https://app.contoso.example\\n'"))
    local reader = assert(input.open(pipe))
    for _ = 1, 2 do
      assert.same(row(2, "a@b.c"), reader:rows()())
    end
    reader:close()
    assert.equal("closed file", io.type(reader.source.handle))
    assert.equal("file", io.type(pipe))
    pipe:close()
  end)

  it("tells that a pipe holds more than there is room for", function()
    local pipe = "trap '' XFSZ; ulimit -f 10; head -c 1000000 /dev/zero | tr '\\0' x |"
    local found = process.elsewhere(pipe, [[
      local _, faults = require("graphinvite.workflows.bulk.input").open "-"
      io.write(tostring(faults[1]))
    ]])
    assert.equal("the temporary file is full", found)
  end)

  it("reads standard input as -", function()
    local pipe = "printf 'email,redirect\\na@b.c,https://x.y\\n' |"
    local found = process.elsewhere(pipe, [[
      local reader = assert(require("graphinvite.workflows.bulk.input").open "-")
      for row in reader:rows() do io.write(row.line, " ", row.address) end
      reader:close()
    ]])
    assert.equal("2 a@b.c", found)
  end)

  for path, why in pairs { ["/nowhere/guests.csv"] = "No such file", spec = "Is a directory" } do
    it("tells that " .. path .. " is no file", function()
      local reader, faults = input.open(path)
      assert.is_nil(reader)
      assert.equal(1, faults.total)
      assert.is_nil(faults[1].line)
      assert.is_truthy(tostring(faults[1]):find(why, 1, true), tostring(faults[1]))
    end)
  end

  it("tells each of many faults, and keeps the first thousand", function()
    local told = 0
    local text = PLAIN .. ("ann,https://x.y,\n"):rep(5000)
    local reader, faults = input.open(file_of(text), { on_fault = function(fault)
      told = told + 1
      assert.equal(told + 1, fault.line)
    end })
    assert.is_nil(reader)
    assert.equal(5000, told)
    assert.equal(5000, faults.total)
    assert.equal(1000, #faults)
    assert.equal(1001, faults[1000].line)
  end)

  for name, change in pairs {
    ["a row is gone"] = PLAIN .. "a@b.c,https://x.y,\n" .. (" "):rep(19) .. "\n",
    ["a row more"] = PLAIN .. "a@b.c,https://x.y,\nd@e.f,https://x.y,\ng@h.i,https://x.y,\n",
    ["a row at fault"] = PLAIN .. "a@b.c,https://x.y,\nd.e.f,https://x.y,\n",
    ["other titles"] = "mail_,redirext,send\na@b.c,https://x.y,\nd@e.f,https://x.y,\n",
  } do
    it("tells that a file has changed behind its back: " .. name, function()
      local file = file_of(PLAIN .. "a@b.c,https://x.y,\nd@e.f,https://x.y,\n")
      local reader = assert(input.open(file))
      file:seek "set"
      file:write(change)
      file:flush()
      local seen, fault = 0, nil
      for found, why in reader:rows() do
        seen, fault = seen + 1, why
        assert.is_true(found == false or fault == nil)
      end
      assert.is_true(seen <= 3)
      assert.equal("the file has changed since it was checked: begin again", fault.message)
    end)
  end

  it("keeps nothing of the file in memory", function()
    local text = PLAIN .. ("guest@fabrikam.example,https://app.contoso.example,true\n"):rep(20000)
    local reader = assert(input.open(file_of(text)))
    collectgarbage()
    local before, most, n = collectgarbage "count", 0, 0
    for _ in reader:rows() do
      n = n + 1
      if n % 1000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count")
      end
    end
    assert.equal(20000, n)
    assert.is_true(most - before < 400, most - before)
  end)

  for _, case in ipairs {
    { "unknown option redirct (did you mean redirect?)", "x", { redirct = "y" } },
    { "unknown option 1", "x", { 5 } },
    { "option redirect is a string, this is a boolean", "x", { redirect = true } },
    { "an input is a path or an open file", 5 },
    { "an input is a path or an open file", nil },
  } do
    it("raises: " .. case[1], function()
      raises(case[1], function(file, options) return (input.open(file, options)) end,
        case[2], case[3])
    end)
  end
end)
