// Deliveries: times of the reader's zone, and filters that apply when chosen.

import { installFilters } from './filters.js';
import { mendPictures } from './pictures.js';
import { localize } from './times.js';

localize(document);
mendPictures(document);
const filters = document.getElementById('filters');
if (filters) installFilters(filters);
