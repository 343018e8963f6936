FROM  a
