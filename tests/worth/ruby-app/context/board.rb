def greeting(name)
  "hello, #{name}"
end

puts greeting("board") if $PROGRAM_NAME == __FILE__
