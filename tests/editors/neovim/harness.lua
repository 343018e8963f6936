-- A harness for tests inside a headless Neovim: `nvim --headless -S harness.lua`, with the environment variables SPEC (the file of tests),
-- PROJECT (a folder that the tests may change) and DFIX (the binary). Exit status 1 when a test fails.
local T = {}
local tests = {}

--- Adds a test.
function T.test(name, body)
  tests[#tests + 1] = { name = name, body = body }
end

--- Waits until something is true, and returns it. The message says what was awaited.
function T.wait_for(message, condition)
  local value
  local done = vim.wait(10000, function()
    value = condition()
    return value
  end, 10)
  if not done then
    error('waited in vain for ' .. message, 2)
  end
  return value
end

function T.equal(got, wanted, what)
  if not vim.deep_equal(got, wanted) then
    error(('%s:\n  got    %s\n  wanted %s'):format(what, vim.inspect(got), vim.inspect(wanted)), 2)
  end
end

function T.contains(text, part, what)
  if not text:find(part, 1, true) then
    error(('%s does not contain %q:\n%s'):format(what, part, text), 2)
  end
end

function T.read(path)
  local file = assert(io.open(path, 'rb'))
  local bytes = file:read('*a')
  file:close()
  return bytes
end

--- Runs the binary, and fails when its exit status is not among the expected ones.
function T.dfix(arguments, statuses)
  local command = vim.list_extend({ vim.env.DFIX }, arguments)
  local done = vim.system(command, { text = false }):wait()
  if not vim.list_contains(statuses, done.code) then
    error(('%s: exit status %d\n%s'):format(table.concat(command, ' '), done.code, done.stderr), 2)
  end
  return done.stdout
end

--- A copy of the project of its own for a test; returns its folder.
function T.copy(name)
  local folder = vim.env.PROJECT .. '/copy-' .. name
  vim.fn.mkdir(folder)
  for _, file in ipairs({ 'Dockerfile', 'unformatted.Dockerfile', 'app.py' }) do
    assert(vim.uv.fs_copyfile(vim.env.PROJECT .. '/' .. file, folder .. '/' .. file))
  end
  return folder
end

--- Opens a file, and waits for the server to take it.
function T.open(path)
  vim.cmd('silent edit ' .. vim.fn.fnameescape(path))
  return T.wait_for('the client', function()
    return vim.lsp.get_clients({ name = 'dfix', bufnr = 0 })[1]
  end)
end

--- Waits for the findings of the current buffer.
function T.findings()
  T.wait_for('diagnostics', function()
    return #vim.diagnostic.get(0) > 0
  end)
  return vim.diagnostic.get(0)
end

function T.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n'
end

--- Puts the cursor at the start of the first match of a plain text.
function T.cursor(text)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  if vim.fn.search('\\V' .. text, 'cw') == 0 then
    error(('there is no %q in the buffer'):format(text), 2)
  end
end

--- The text of the floating window, once there is one.
function T.float()
  local window = T.wait_for('a floating window', function()
    return vim.iter(vim.api.nvim_list_wins()):find(function(window)
      return vim.api.nvim_win_get_config(window).relative ~= ''
    end)
  end)
  local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
  vim.api.nvim_win_close(window, true)
  return text
end

_G.T = T

local failed = 0
local function say(text)
  io.stdout:write(text, '\n')
end

-- What the user would be told is part of what went wrong.
local told = {}
vim.notify = function(message, level)
  told[#told + 1] = ('[%s] %s'):format(level or 'info', message)
end
T.told = told

local loaded, why = xpcall(dofile, debug.traceback, vim.env.SPEC)
if not loaded then
  say(why)
  failed = 1
end
for _, test in ipairs(tests) do
  told = {}
  T.told = told
  local passed, problem = xpcall(test.body, debug.traceback)
  if not passed then
    failed = failed + 1
    say(('FAILED: %s\n%s\ntold: %s'):format(test.name, problem, table.concat(told, '\n')))
  end
end
say(('Neovim %s: %d of %d tests passed (%s)'):format(tostring(vim.version()), #tests - failed, #tests, vim.fs.basename(vim.env.SPEC)))
if #tests == 0 then
  failed = 1
end
vim.cmd(failed == 0 and 'qall!' or 'cquit 1')
