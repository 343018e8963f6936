require_relative "board"

raise "wrong greeting" unless greeting("you") == "hello, you"
