-- The command `:Dfix` and its completion.
local M = {}

-- The ids of all rules, as the binary lists them; asked once.
local rules
local function all_rules()
  if not rules then
    local binary = (require('dfix.client').config().cmd or {})[1] or 'dfix'
    if vim.fn.executable(binary) == 0 then
      return {}
    end
    rules = {}
    local listed = vim.system({ binary, 'rules' }, { text = true }):wait(2000)
    for line in vim.gsplit(listed.stdout or '', '\n') do
      local id = line:match('^(%l[%w-]+)')
      if id and id ~= 'rule' then
        rules[#rules + 1] = id
      end
    end
  end
  return rules
end

local function log_file()
  -- Neovim 0.12 has the module; its name for the file is older than 0.10.
  return (vim.lsp.log or require('vim.lsp.log')).get_filename()
end

---@type table<string, { run: fun(argument?: string, call: table), complete?: fun(): string[] }>
local subcommands = {
  fix = {
    run = function()
      if not require('dfix.fix').all() then
        vim.notify('dfix: no safe fix to apply')
      end
    end,
  },
  format = {
    run = function(_, call)
      local range = call.range > 0
          and { start = { call.line1, 0 }, ['end'] = { call.line2, math.max(0, #vim.fn.getline(call.line2)) } }
        or nil
      require('dfix.fix').format(nil, range)
    end,
  },
  explain = {
    run = function(rule)
      require('dfix.show').explain(rule)
    end,
    complete = function()
      local here = require('dfix.show').rules_on_line(0, vim.api.nvim_win_get_cursor(0)[1] - 1)
      return #here > 0 and vim.list_extend(here, all_rules()) or all_rules()
    end,
  },
  proof = {
    run = function()
      require('dfix.show').proof()
    end,
  },
  tree = {
    run = function()
      require('dfix.show').tree()
    end,
  },
  verify = {
    run = function(what)
      if what == 'stop' then
        require('dfix.verify').stop()
      elseif what then
        vim.notify(('dfix: verify takes "stop" or nothing, not %q'):format(what), vim.log.levels.ERROR)
      else
        require('dfix.verify').start()
      end
    end,
    complete = function()
      return { 'stop' }
    end,
  },
  restart = {
    run = function()
      require('dfix.client').restart()
    end,
  },
  log = {
    run = function()
      vim.cmd('tabedit ' .. vim.fn.fnameescape(log_file()))
    end,
  },
}

--- Runs `:Dfix`.
---@param call table what `nvim_create_user_command` gives
function M.run(call)
  local name, argument = call.fargs[1], call.fargs[2]
  local subcommand = subcommands[name]
  if not subcommand then
    vim.notify(('dfix: there is no command %q; there are: %s'):format(name, table.concat(M.names(), ', ')), vim.log.levels.ERROR)
  elseif #call.fargs > (subcommand.complete and 2 or 1) then
    vim.notify(('dfix: too many arguments for %q'):format(name), vim.log.levels.ERROR)
  else
    subcommand.run(argument, call)
  end
end

--- The names of the subcommands, sorted.
---@return string[]
function M.names()
  local names = vim.tbl_keys(subcommands)
  table.sort(names)
  return names
end

--- Completes the command line.
---@param lead string what is typed of the word at the cursor
---@param line string
---@param column integer
---@return string[]
function M.complete(lead, line, column)
  local words = vim.split(line:sub(1, column), '%s+')
  -- The first word is the command itself, perhaps with a range.
  local candidates = {}
  if #words <= 2 then
    candidates = M.names()
  elseif #words == 3 and subcommands[words[2]] and subcommands[words[2]].complete then
    candidates = subcommands[words[2]].complete()
  end
  local seen = {}
  return vim.tbl_filter(function(candidate)
    local fresh = not seen[candidate]
    seen[candidate] = true
    return fresh and vim.startswith(candidate, lead)
  end, candidates)
end

return M
