-- dfix for Neovim: starts the language server `dfix lsp` for Dockerfiles, and offers what a plain client lacks. `:help dfix`.
local M = {}

--- Sets options. Only needed when a default does not suit; may be called before or after the plugin is loaded.
---@param options? dfix.Options
function M.setup(options)
  require('dfix.options').set(options)
  require('dfix.client').configure()
end

--- Applies the safe fixes of a buffer, as `dfix --write` would to the file. Waits for the server.
---@param buffer? integer the current one by default
---@return boolean changed
function M.fix(buffer)
  return require('dfix.fix').all(buffer)
end

--- Shows the page of a rule; without one, of the rule that speaks of the cursor line.
---@param rule? string a rule's id, or what another tool calls it
function M.explain(rule)
  require('dfix.show').explain(rule)
end

--- Shows what proves that the fix at the cursor keeps the image, or why it could not be proven.
function M.proof()
  require('dfix.show').proof()
end

--- Shows the syntax tree of the current buffer beside it, and keeps it up to date.
function M.tree()
  require('dfix.show').tree()
end

--- Builds a buffer as it is and as `dfix --write` would make it, and shows what differs.
---@param buffer? integer the current one by default
function M.verify(buffer)
  require('dfix.verify').start(buffer)
end

--- Stops the server and starts it again for the buffers that it had.
function M.restart()
  require('dfix.client').restart()
end

return M
