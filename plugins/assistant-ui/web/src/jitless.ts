// Before anything else: without this the library tries `new Function`, which the CSP refuses.
import { config } from "zod";

config({ jitless: true });
