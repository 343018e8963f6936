from   debian:12-slim as base
	RUN  true   
copy a.txt   /b.txt




CMD ["true"]
