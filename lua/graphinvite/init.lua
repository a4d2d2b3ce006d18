--- What require "graphinvite" returns.
local auth = require "graphinvite.auth"
local client = require "graphinvite.client"
local core = require "graphinvite.core"
local errors = require "graphinvite.errors"
local filter = require "graphinvite.filter"
local notifications = require "graphinvite.notifications"
local scheduler = require "graphinvite.scheduler"

return {
  _VERSION = "0.1.0",
  null = core.null,
  array = core.array,
  int64 = core.int64,
  number = core.number,
  auth = auth,
  check = errors.check,
  filter = filter.format,
  new = client.new,
  notifications = notifications,
  pcall = scheduler.pcall,
}
