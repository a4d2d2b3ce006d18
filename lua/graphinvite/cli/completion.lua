--- graphinvite completion: scripts that complete its words, made by argparse.
local M = {}

local function run(args, world, parser)
  world.out:write(parser["get_" .. args.shell .. "_complete"](parser))
  return true
end

M.commands = {
  {
    name = "completion", run = run, summary = "Print a script that completes words.", plain = true,
    options = { { "SHELL", "For which shell.", choices = { "bash", "zsh", "fish" } } },
    examples = {
      "graphinvite completion bash > ~/.local/share/bash-completion/completions/graphinvite",
      "graphinvite completion zsh > ~/.zfunc/_graphinvite",
      "graphinvite completion fish > ~/.config/fish/completions/graphinvite.fish",
    },
  },
}

return M
