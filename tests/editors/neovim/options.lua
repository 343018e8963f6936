-- The plugin with options: `init.lua` of this test calls `setup`, as the help says.
local test, equal, contains, wait_for = T.test, T.equal, T.contains, T.wait_for

test('the options reach the server', function()
  local path = T.copy('settings') .. '/Dockerfile'
  T.open(path)
  for _, finding in ipairs(T.findings()) do
    equal(finding.code ~= 'apt-merge', true, 'is the rule that `settings` ignores silent?')
  end
end)

test('a write fixes and formats first', function()
  local path = T.copy('save') .. '/Dockerfile'
  local other = T.copy('save-by-the-binary') .. '/Dockerfile'
  T.open(path)
  T.cursor('WORKDIR')
  vim.api.nvim_set_current_line('WORKDIR    /src')
  vim.cmd('silent noautocmd write! ' .. vim.fn.fnameescape(other))
  vim.cmd('silent write')
  T.dfix({ '--write', '--ignore', 'apt-merge', other }, { 0, 1 })
  T.dfix({ 'fmt', '--write', other }, { 0, 1 })
  local written = T.read(path)
  equal(written, T.read(other), 'the written file')
  contains(written, 'COPY app.py /src/', 'the written file')
  contains(written, 'RUN apt-get update\n', 'the written file, as the rule is ignored')
end)

test('inlay hints are on', function()
  T.open(T.copy('hints') .. '/Dockerfile')
  wait_for('hints to be on', function()
    return vim.lsp.inlay_hint.is_enabled({ bufnr = 0 })
  end)
end)

test('the lens of a stage leads to its uses', function()
  T.open(T.copy('lens') .. '/Dockerfile')
  T.cursor('FROM debian')
  -- A lens is offered without its title. Neovim 0.12 asks for that when it draws, which nobody does here.
  wait_for('the lenses', function()
    if vim.fn.has('nvim-0.12') == 1 then
      return #vim.lsp.codelens.get({ bufnr = 0 }) > 0
    end
    return vim.iter(vim.lsp.codelens.get(0)):any(function(lens)
      return lens.command ~= nil
    end)
  end)
  local select = vim.ui.select
  vim.ui.select = function(items, options, choose)
    local index = 0
    choose(vim.iter(items):find(function(item)
      index = index + 1
      return options.format_item(item):find('used by', 1, true) ~= nil
    end), index)
  end
  vim.lsp.codelens.run()
  wait_for('the list of uses', function()
    return #vim.fn.getqflist() == 1
  end)
  vim.ui.select = select
  contains(vim.fn.getqflist()[1].text, '--from=builder', 'the use')
  vim.cmd('cclose')
end)

test(':checkhealth dfix names the settings, and the file that wins over them', function()
  local folder = T.copy('health')
  T.open(folder .. '/Dockerfile')
  local function report()
    vim.cmd('checkhealth dfix')
    local text = T.text()
    vim.cmd('bwipeout!')
    return text
  end
  contains(report(), 'Configuration: no file, the option `settings`', 'the report')
  vim.fn.writefile({ 'ignored: [DL3042]' }, folder .. '/.hadolint.yaml')
  contains(report(), 'Configuration: ' .. folder .. '/.hadolint.yaml', 'the report')
end)

test('a misspelt option is an error', function()
  local fine, problem = pcall(require('dfix').setup, { fix_on_safe = true })
  equal(fine, false, 'is it accepted?')
  contains(problem, 'fix_on_safe', 'the message')
end)
