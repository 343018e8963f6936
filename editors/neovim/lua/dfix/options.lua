-- The plugin's options: their defaults, their check, and the client configuration that they make.
local M = {}

---@class dfix.Options
---@field enable? boolean start the server for every Dockerfile; true
---@field cmd? string[] how to start the server; { 'dfix', 'lsp' }
---@field server? table options of the server itself, in its spelling: configuration, settings, unsafeFixes, diagnostics, ...
---@field fix_on_save? boolean apply the safe fixes before each write; false
---@field format_on_save? boolean format before each write; false
---@field inlay_hints? boolean show inlay hints; false
---@field codelens? boolean show code lenses; false
local defaults = {
  enable = true,
  cmd = nil,
  server = nil,
  fix_on_save = false,
  format_on_save = false,
  inlay_hints = false,
  codelens = false,
}

local types = {
  enable = 'boolean',
  cmd = 'table',
  server = 'table',
  fix_on_save = 'boolean',
  format_on_save = 'boolean',
  inlay_hints = 'boolean',
  codelens = 'boolean',
}

---@type dfix.Options
local current

--- Replaces the options. A mistake in them is an error, as a misspelt option would have no effect for ever.
---@param options? dfix.Options
function M.set(options)
  options = options or {}
  for name, value in pairs(options) do
    if not types[name] then
      error(('dfix: there is no option %q'):format(tostring(name)), 0)
    elseif type(value) ~= types[name] then
      error(('dfix: the option %q must be a %s'):format(name, types[name]), 0)
    end
  end
  current = vim.tbl_extend('force', defaults, options)
end

--- The options in force: those of `setup`, else `vim.g.dfix`, else the defaults.
---@return dfix.Options
function M.get()
  if not current then
    M.set(vim.g.dfix)
  end
  return current
end

-- What the server reads as an object has to be one even when it is empty: an empty table of Lua would be sent as a list.
local function objects(server)
  local function object(value)
    return type(value) == 'table' and next(value) == nil and vim.empty_dict() or value
  end
  server = vim.deepcopy(server)
  if type(server.settings) == 'table' then
    for _, key in ipairs({ 'equivalence', 'images', 'format' }) do
      server.settings[key] = object(server.settings[key])
    end
  end
  for _, key in ipairs({ 'settings', 'inlayHints' }) do
    server[key] = object(server[key])
  end
  return object(server)
end

--- What the options say about the client. Keys that no option speaks of are left out, so that they do not override what
--- the user gave to `vim.lsp.config`.
---@return table
function M.client()
  local options = M.get()
  local config = {}
  if options.cmd then
    config.cmd = options.cmd
  end
  if options.server then
    config.init_options = objects(options.server)
    config.settings = { dfix = objects(options.server) }
  end
  return config
end

return M
